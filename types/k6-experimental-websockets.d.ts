/** The name of k6/websockets from before it was stable; the same module. */
declare module 'k6/experimental/websockets' {
  export * from 'k6/websockets'
}
