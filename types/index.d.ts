/**
 * Types for scripts that sockeye runs: every module that @types/k6 covers, the ones it does not, and the globals of a script.
 * In a project's tsconfig.json:
 *
 *   "compilerOptions": { "types": ["sockeye-cli/types"] }
 */
/// <reference types="k6" />
/// <reference path="./globals.d.ts" />
/// <reference path="./fetch.d.ts" />
/// <reference path="./k6-crypto.d.ts" />
/// <reference path="./limits.d.ts" />
/// <reference path="./k6-net-grpc.d.ts" />
/// <reference path="./k6-x-tcp.d.ts" />
/// <reference path="./sockeye-helpers.d.ts" />
/// <reference path="./k6-experimental.d.ts" />
/// <reference path="./k6-experimental-websockets.d.ts" />
