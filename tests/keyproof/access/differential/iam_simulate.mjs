// Answers decisions with @cloud-copilot/iam-simulate: one JSON line in, one JSON line out.
// The decisions have the members of cases.json. The folder that holds node_modules comes as
// the argument, since the package is never part of this repository.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const found = createRequire(`${process.argv[2]}/`).resolve('@cloud-copilot/iam-simulate')
const { runSimulation } = await import(pathToFileURL(found).href)

const OUTCOMES = {
  Allowed: 'allow',
  ImplicitlyDenied: 'implicit_deny',
  ExplicitlyDenied: 'explicit_deny'
}

const named = (policies) => policies.map((policy, number) => ({ name: `policy ${number}`, policy }))

const levels = (given) =>
  (given ?? []).map((policies, number) => ({
    orgIdentifier: `level ${number}`,
    policies: named(policies).map(({ name, policy }) => ({ name: `${number}: ${name}`, policy }))
  }))

// RCPFullAWSAccess is in every level without being said, so it is not said again.
const denials = (given) =>
  given?.map((policies) => policies.filter(({ Statement: [first] }) => first.Effect === 'Deny'))

async function answer(decision) {
  const response = await runSimulation(
    {
      request: {
        principal: decision.principal,
        action: decision.action,
        resource: { resource: decision.resource, accountId: decision.resource_account },
        contextVariables: decision.context
      },
      sessionPolicy: decision.session_policy ?? undefined,
      identityPolicies: named(decision.identity_policies),
      serviceControlPolicies: levels(decision.scps),
      resourceControlPolicies: levels(denials(decision.rcps)),
      resourcePolicy: decision.resource_policy ?? undefined,
      permissionBoundaryPolicies: decision.permission_boundary
        ? named([decision.permission_boundary])
        : undefined
    },
    {}
  )
  if (response.resultType === 'error') {
    return { errors: response.errors }
  }
  return { outcome: OUTCOMES[response.overallResult], ignored: response.result.ignoredContextKeys }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
}
