// Redocly's linter on deploy/openapi.json: its recommended rules. Warnings are printed, errors fail.
import { readFileSync } from 'node:fs'
import core from '@redocly/openapi-core'

const file = new URL('../../deploy/openapi.json', import.meta.url)
const config = await core.createConfig({ extends: ['recommended'] })
const problems = await core.lintFromString({
  source: readFileSync(file, 'utf8'), absoluteRef: file.pathname, config
})
for (const { severity, ruleId, message, location } of problems) {
  console.log(`${severity}: ${ruleId}: ${message} (${location[0].pointer})`)
}
const errors = problems.filter(({ severity }) => severity === 'error').length
console.log(`${errors} errors, ${problems.length - errors} warnings`)
process.exit(errors === 0 ? 0 : 1)
