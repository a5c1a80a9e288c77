// A custom role for defenderd's identity on one subscription, and its assignment. For a role that
// the subscriptions of a management group share, see README.md.
targetScope = 'subscription'

@description('What defenderd may do: observe (read-only) or enforce (correct drift).')
@allowed(['observe', 'enforce'])
param mode string = 'observe'

@description('Whether to allow registering Microsoft.Security, for azure.registerProvider: true.')
param registerProvider bool = false

@description('Whether to allow inspecting AI accounts. False only with findings.enabled: off.')
param findings bool = true

@description('Object id of the identity that defenderd runs as (not its client id).')
param principalId string

var readActions = [
  'Microsoft.Insights/eventtypes/values/read'
  'Microsoft.Resources/subscriptions/read'
  'Microsoft.Security/pricings/read'
]
var findingActions = [
  'Microsoft.CognitiveServices/accounts/defenderForAISettings/read'
  'Microsoft.CognitiveServices/accounts/deployments/read'
  'Microsoft.CognitiveServices/accounts/raiPolicies/read'
  'Microsoft.CognitiveServices/accounts/read'
]
var writeActions = ['Microsoft.Security/pricings/write']
var registerActions = ['Microsoft.Security/register/action']
var enforces = mode == 'enforce'

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'defenderd', mode)
  properties: {
    // Role names are unique within a tenant.
    roleName: 'defenderd ${mode} (${subscription().subscriptionId})'
    description: 'Lets defenderd ${mode} Defender for Cloud\'s AI services plan.'
    type: 'CustomRole'
    permissions: [
      {
        actions: concat(
          readActions,
          findings ? findingActions : [],
          enforces ? writeActions : [],
          enforces && registerProvider ? registerActions : []
        )
        notActions: []
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, role.id)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
