/**
 * Feature flags: experiments that are switched on by name. The highest layer that names any replaces the others.
 *
 * Source  docs/spec/runner.md §1.3
 */
import type { Layer, Notice } from './layers.js'

/** The features of k6, and whether they do anything here. */
export const FEATURES = {
  'merge-run-tags': { isSupported: true, description: 'run tags of the configuration layers are merged per key' },
  'freeze-env': { isSupported: false, description: '`__ENV` is frozen' },
  'native-histograms': { isSupported: true, description: 'trends as native histograms in the Prometheus output' },
} as const

type FeatureName = keyof typeof FEATURES

function namedFeatures(layers: readonly Layer[]): readonly string[] {
  return layers.findLast(({ values }) => values.features !== undefined)?.values.features ?? []
}

export function enabledFeatures(layers: readonly Layer[]): FeatureName[] {
  const named = namedFeatures(layers)
  return (Object.keys(FEATURES) as FeatureName[]).filter((name) => FEATURES[name].isSupported && named.includes(name))
}

export function featureNotices(layers: readonly Layer[]): Notice[] {
  return namedFeatures(layers).map((feature) => {
    if (!Object.hasOwn(FEATURES, feature))
      return { level: 'error', message: 'Unknown feature flag', fields: { feature } }
    return FEATURES[feature as FeatureName].isSupported
      ? { level: 'info', message: 'Experimental feature enabled', fields: { feature } }
      : { level: 'warning', message: 'Feature flag is not supported yet, it has no effect', fields: { feature } }
  })
}

/** `k6_feature_merge_run_tags: "true"` */
export function featureTags(features: readonly string[]): Record<string, string> {
  return Object.fromEntries(features.map((feature) => [`k6_feature_${feature.replaceAll('-', '_')}`, 'true']))
}
