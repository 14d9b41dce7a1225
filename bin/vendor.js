// Copies the files of our browser libraries from node_modules to desk/vendor, as package.json lists them: `npm run vendor`.
// With --check, says which of the copies differ from the packages, and changes nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const TARGET = "desk/vendor";
const { vendored } = JSON.parse(readFileSync("package.json", "utf8"));
const contents = new Map(
  Object.entries(vendored).flatMap(([name, files]) =>
    files.map((file) => [join(TARGET, name, basename(file)), read(join("node_modules", name, file))]),
  ),
);

// Source maps are not served: collectstatic would look for them.
function read(path) {
  return readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
}

if (process.argv.includes("--check")) {
  const present = readdirSync(TARGET, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const paths = new Set([...contents.keys(), ...present]);
  const wrong = [...paths].filter((path) => !existsSync(path) || readFileSync(path, "utf8") !== contents.get(path));
  for (const path of wrong) console.error(`${path} is not what the package has: npm run vendor`);
  process.exitCode = wrong.length ? 1 : 0;
} else {
  rmSync(TARGET, { recursive: true, force: true });
  for (const [path, content] of contents) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
