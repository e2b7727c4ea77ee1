/** Where NATS is and who we are there, for commands that are not `run`. The variables behind them: src/cluster/nats-options.ts. */
import type { Command } from 'commander'

/** `where` explains `--nats`. */
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
