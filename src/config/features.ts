/**
 * Feature flags: experiments that are switched on by name. Only the highest layer that names any counts.
 *
 * Source  docs/spec/runner.md §1.3
 */
import type { Layer, Notice } from './layers.js'

/** The features of k6, and what they do. */
export const FEATURES = {
  'merge-run-tags': 'run tags of the configuration layers are merged per key',
  'freeze-env': 'scripts cannot change `__ENV`',
  'native-histograms': 'trends as native histograms in the Prometheus output',
} as const

type FeatureName = keyof typeof FEATURES

function namedFeatures(layers: readonly Layer[]): readonly string[] {
  return layers.findLast(({ values }) => values.features !== undefined)?.values.features ?? []
}

export function enabledFeatures(layers: readonly Layer[]): FeatureName[] {
  const named = namedFeatures(layers)
  return (Object.keys(FEATURES) as FeatureName[]).filter((name) => named.includes(name))
}

export function featureNotices(layers: readonly Layer[]): Notice[] {
  return namedFeatures(layers).map((feature) =>
    Object.hasOwn(FEATURES, feature)
      ? { level: 'info', message: 'Experimental feature enabled', fields: { feature } }
      : { level: 'error', message: 'Unknown feature flag', fields: { feature } },
  )
}

/** `k6_feature_merge_run_tags: "true"` */
export function featureTags(features: readonly string[]): Record<string, string> {
  return Object.fromEntries(features.map((feature) => [`k6_feature_${feature.replaceAll('-', '_')}`, 'true']))
}
