"""What services are called in IAM policies: a misspelt name is told from one that is denied.

Taken from the managed policies of AWS (2026). A newer service is missing, and is said not to be known.
"""

from __future__ import annotations

__all__ = ["is_known", "likely"]

_NAMES = frozenset(
    """
    a2c a4b access-analyzer account account-access acm acm-pca aco-automation
    action-recommendations agent-registry aidevops aiops airflow airflow-serverless amplify
    amplifybackend amplifyuibuilder aoss apigateway app-integrations appconfig appfabric appflow
    application-autoscaling application-signals application-transformation applicationinsights
    appmesh appmesh-preview apprunner appstream appstudio appsync apptest aps arc-region-switch
    arc-zonal-shift artifact assurance athena auditmanager autoscaling autoscaling-plans
    aws-external-anthropic aws-marketplace aws-marketplace-management aws-portal awsconnector
    b2bi backup backup-gateway backup-search backup-storage batch bcm-dashboards
    bcm-data-exports bcm-pricing-calculator bcm-recommended-actions bedrock bedrock-agentcore
    bedrock-mantle bedrock-websearch billing billingconductor braket budgets bugbust builderid
    cases cassandra ce chatbot chime cleanrooms cleanrooms-ml cloud9 clouddirectory
    cloudformation cloudfront cloudfront-keyvaluestore cloudhsm cloudsearch cloudshell
    cloudtrail cloudwatch codeartifact codebuild codecatalyst codecommit codeconnections
    codedeploy codeguru codeguru-profiler codeguru-reviewer codeguru-security codepipeline
    codestar codestar-connections codestar-notifications codewhisperer cognito-identity
    cognito-idp cognito-sync comprehend comprehendmedical compute-optimizer config connect
    connect-campaigns consoleapp consolidatedbilling controlcatalog controltower
    cost-optimization-hub cur customer-verification databrew dataexchange datapipeline datasync
    datazone dax dbqms deadline deepcomposer deeplens deepracer detective devicefarm devops-guru
    directconnect discovery dlm dms docdb-elastic drs ds ds-data dsql dynamodb ebs ec2
    ec2-instance-connect ec2messages ecr ecr-public ecs eks eks-auth eks-mcp elastic-inference
    elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce
    elastictranscoder elemental-activations elemental-appliances-software elemental-inference
    elemental-support-cases elemental-support-content emr-containers emr-serverless
    entityresolution es events eventsbilltoaws evidently evs execute-api finops-agent finspace
    firehose fis fms forecast frauddetector freertos freetier fsx gamelift gameliftstreams geo
    geo-maps geo-places geo-routes glacier globalaccelerator glue grafana greengrass
    groundstation groundtruthlabeling guardduty health healthlake honeycode iam identity-sync
    identitystore identitystore-auth imagebuilder importexport inspector inspector-scan
    inspector2 inspector2-telemetry interconnect internetmonitor invoicing iot iot-device-tester
    iot1click iotanalytics iotdeviceadvisor iotevents iotfleethub iotfleetwise iotjobsdata
    iotmanagedintegrations iotsitewise iottwinmaker iotwireless iq iq-permission ivs ivschat
    kafka kafka-cluster kafkaconnect kendra kendra-ranking kinesis kinesisanalytics kinesisvideo
    kms lakeformation lambda launchwizard lex license-manager
    license-manager-linux-subscriptions license-manager-user-subscriptions lightsail logs
    lookoutequipment lookoutmetrics lookoutvision m2 machinelearning macie2 managedblockchain
    mapcredits mechanicalturk mediaconnect mediaconvert medialive mediapackage mediapackage-vod
    mediapackagev2 mediastore mediatailor medical-imaging memorydb mgh mgn
    migrationhub-orchestrator migrationhub-strategy mobileanalytics mobiletargeting monitron mpa
    mq neptune-db neptune-graph network-firewall networkflowmonitor networkmanager
    networkmonitor nimble notifications notifications-contacts nova-act oam observabilityadmin
    odb omics opensearch opsworks opsworks-cm organizations osis outposts panorama
    partnercentral partnercentral-account-management payment-cryptography payments
    pca-connector-ad pca-connector-scep pcs personalize pi pipes polly pricing
    pricingplanmanager private-networks profile proton purchase-orders q qapps qbusiness qldb
    quicksight ram rbin rds rds-data rds-db redshift redshift-data redshift-serverless
    refactor-spaces rekognition researchstudio resiliencehub resource-explorer-2 resource-groups
    robomaker rolesanywhere route53 route53-recovery-cluster route53-recovery-control-config
    route53-recovery-readiness route53domains route53globalresolver route53profiles
    route53resolver rtbfabric rum s3 s3-object-lambda s3-outposts s3express s3files s3tables
    s3vectors sagemaker sagemaker-data-science-assistant sagemaker-geospatial sagemaker-mlflow
    sagemaker-sdk sagemaker-unified-studio-mcp savingsplans scheduler schemas scn sdb
    secretsmanager security-ir securityagent securityhub securitylake serverlessrepo
    servicecatalog servicediscovery servicequotas ses shield signer signin simspaceweaver sms
    sms-voice snowball sns social-messaging sqlworkbench sqs ssm ssm-contacts ssm-guiconnect
    ssm-incidents ssm-quicksetup ssm-sap ssmmessages sso sso-directory states storagegateway sts
    support support-console supportapp supportplans sustainability swf synthetics tag tax
    textract thinclient timestream timestream-influxdb tnb transcribe transfer transform
    transform-custom translate trustedadvisor user-subscriptions uxc vendor-insights
    verifiedpermissions voiceid vpc-lattice vpc-lattice-svcs waf waf-regional wafv2
    wellarchitected wickr wisdom workdocs worklink workmail workmailmessageflow workspaces
    workspaces-instances workspaces-web xray zocalo
    """.split()  # noqa: SIM905 - as a list, the names would drown in quotes
)

# As SDKs and the AWS CLI call them, where IAM has another name.
_CLIENTS = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "eventbridge": "events",
    "iot-data": "iot",
    "lex-runtime": "lex",
    "lexv2-runtime": "lex",
    "location": "geo",
    "opensearchserverless": "aoss",
    "personalize-events": "personalize",
    "personalize-runtime": "personalize",
    "pinpoint": "mobiletargeting",
    "s3control": "s3",
    "sagemaker-runtime": "sagemaker",
    "sesv2": "ses",
    "stepfunctions": "states",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
}


def is_known(name: str) -> bool:
    """Tell whether a service is called so, in any case."""
    return name.lower() in _NAMES


def likely(name: str) -> list[str]:
    """Return up to three names that may have been meant."""
    from difflib import get_close_matches

    name = name.lower()
    return [_CLIENTS[name]] if name in _CLIENTS else get_close_matches(name, sorted(_NAMES))
