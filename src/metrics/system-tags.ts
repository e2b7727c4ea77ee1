/**
 * The tags that are set by the tool itself. Users choose a subset with `systemTags`.
 *
 * Source  docs/spec/metrics-and-modules.md 1.3
 */
export const DEFAULT_SYSTEM_TAGS = [
  'proto',
  'subproto',
  'status',
  'method',
  'url',
  'name',
  'group',
  'check',
  'error',
  'error_code',
  'tls_version',
  'scenario',
  'service',
  'expected_response',
] as const

/** Tags with too many values for time series. When they are enabled they are metadata of a sample. */
export const NON_INDEXABLE_TAGS = ['iter', 'vu'] as const

export const SYSTEM_TAGS = [...DEFAULT_SYSTEM_TAGS, ...NON_INDEXABLE_TAGS, 'ocsp_status', 'ip'] as const
