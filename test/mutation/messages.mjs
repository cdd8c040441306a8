// Leaves out of mutation what is only said: texts of refusals, reasons why a certificate is not used, names of errors.
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin'

const SAYS = new Set(['refuse', 'EngineError'])
const WORDS = new Set(['why', 'wrong', 'message', 'problem', 'no'])

const calleeOf = ({ node }) =>
  (node.type === 'CallExpression' || node.type === 'NewExpression') && node.callee.type === 'Identifier' ? node.callee.name : undefined

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'messages', {
    shouldIgnore(path) {
      const isText = path.node.type === 'StringLiteral' || path.node.type === 'TemplateLiteral'
      if (!isText) return undefined
      const above = path.parentPath
      if (above && SAYS.has(calleeOf(above))) return 'the text of a refusal'
      if (above?.node.type === 'ObjectProperty' && WORDS.has(above.node.key.name)) return 'the text of a reason'
      return undefined
    },
  }),
]
