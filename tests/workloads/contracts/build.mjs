// Compiles every contract of this folder into artefacts/<Contract>.json.
//
//   npm ci && npm run build     writes the artefacts
//   npm ci && npm run check     fails if a committed artefact is not what the sources give
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "artefacts");
const settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 200 },
  // No metadata behind the code: it would make the bytes depend on comments, and it is not executable.
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["evm.deployedBytecode", "evm.methodIdentifiers", "storageLayout"] } },
};

/** Compiles all sources at once; throws on any error or warning. */
function compile() {
  const sources = {};
  for (const name of readdirSync(here).filter((name) => name.endsWith(".sol")).sort()) {
    sources[name] = { content: readFileSync(join(here, name), "utf8") };
  }
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const output = JSON.parse(solc.compile(input));
  const complaints = (output.errors ?? []).map((error) => error.formattedMessage);
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  return output.contracts;
}

/** A type's name without the compiler's node numbers, which change with every edit of any source. */
function stable(type) {
  return type.replace(/\)\d+/g, ")");
}

/** The layout's fields, as numbers. */
function fields(storage) {
  return storage.map(({ label, slot, offset, type }) => ({ label, slot: Number(slot), offset, type: stable(type) }));
}

/** What the workloads need to know of one contract. */
function artefact(source, name, compiled) {
  const code = compiled.evm.deployedBytecode;
  const holes = Object.keys({ ...code.immutableReferences, ...code.linkReferences });
  if (holes.length > 0) throw new Error(`${name}: the runtime code has immutables or links: ${holes}`);
  const types = {};
  for (const [id, type] of Object.entries(compiled.storageLayout.types ?? {})) {
    types[stable(id)] = { label: type.label, bytes: Number(type.numberOfBytes) };
    if (type.members) types[stable(id)].members = fields(type.members);
  }
  return {
    contract: name,
    source,
    compiler: solc.version(),
    evmVersion: settings.evmVersion,
    optimizerRuns: settings.optimizer.runs,
    selectors: compiled.evm.methodIdentifiers,
    storage: fields(compiled.storageLayout.storage),
    types,
    runtime: `0x${code.object}`,
  };
}

const isCheck = process.argv.includes("--check");
mkdirSync(folder, { recursive: true });
let stale = 0;
for (const [source, contracts] of Object.entries(compile())) {
  for (const [name, compiled] of Object.entries(contracts)) {
    if (compiled.evm.deployedBytecode.object === "") continue; // an interface
    const path = join(folder, `${name}.json`);
    const text = `${JSON.stringify(artefact(source, name, compiled), null, 2)}\n`;
    if (!isCheck) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`${name}.json is stale: run npm run build`);
      stale += 1;
    }
  }
}
process.exitCode = stale > 0 ? 1 : 0;
