import type { Node } from './ast.js'
import type { CompileOptions } from './compile.js'
import type { FunctionInfo, ScopeResult } from './scope.js'

export interface PausePlan {
  pauses(info: FunctionInfo): boolean
  readonly pausable: number
}

export function findPauses(_program: Node, _scopes: ScopeResult, _options: CompileOptions): PausePlan {
  return { pauses: () => false, pausable: 0 }
}
