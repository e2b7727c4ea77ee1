/** The engine that runs a test. No other file of this folder names one. */
import type { Engine } from '../engine/engine.js'
import { ThreadEngine, type ThreadEngineOptions } from '../engine/threads/thread-engine.js'

export type EngineOptions = ThreadEngineOptions

export type CreateEngine = (options: EngineOptions) => Engine

export const createThreadEngine: CreateEngine = (options) => new ThreadEngine(options)
