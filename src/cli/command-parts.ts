/** What the commands that commander reads have in common. */
import { createRequire } from 'node:module'
import type { Command } from 'commander'

export type Print = (text: string) => void

export const toStdout: Print = (text) => void process.stdout.write(text)

/** Collects the values of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value]
}

/** Adds the flags that say where NATS is and who we are there. src/cluster/nats-options.ts has the variables. `where` explains `--nats`. */
export function withNatsFlags(command: Command, where: string): Command {
  return command
    .option('--nats <url>', where)
    .option('--nats-creds <file>', 'credentials for NATS, or an nkey (or SOCKEYE_NATS_CREDS)')
    .option('--nats-token <token>', 'a token, or user:password (better as SOCKEYE_NATS_TOKEN)')
    .option('--nats-ca <file>', 'certificates that NATS must be signed by, PEM (or SOCKEYE_NATS_CA)')
    .option('--nats-cert <file>', 'client certificate for NATS, PEM (or SOCKEYE_NATS_CERT)')
    .option('--nats-key <file>', 'its key, PEM (or SOCKEYE_NATS_KEY)')
    .option('--insecure-nats', 'accept a NATS server that lets everybody in and is not on this machine')
}

/** Plain data as YAML. The package is loaded only here, because that takes 30 ms. Lines are not folded. */
export function yamlText(value: unknown): string {
  const { stringify } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  return stringify(value, { lineWidth: 0 })
}
