/** `sockeye version`: the versions of sockeye, Node and k6's scripts, and the platform. */
import { Command } from 'commander'
import { K6_VERSION, version } from '../../run/version.js'
import { type Print, toStdout } from '../command-parts.js'

export function versionCommand(print: Print = toStdout): Command {
  return new Command('version')
    .description('print the version')
    .option('--json', 'as one line of JSON')
    .action(({ json = false }: { json?: boolean }) => print(`${json ? versionJson() : versionText()}\n`))
}

function versionText(): string {
  return `sockeye v${version} (node ${process.version}, ${process.platform}/${process.arch}, k6 v${K6_VERSION} scripts)`
}

function versionJson(): string {
  const facts = {
    version: `v${version}`,
    node_version: process.version,
    platform: process.platform,
    arch: process.arch,
    k6_version: `v${K6_VERSION}`,
  }
  return JSON.stringify(facts)
}
