#pragma once
// What Azure does where its documentation is silent or its observers disagree. Each field is one
// such question; its default is the likelier answer. A client is right only if it is right under
// every setting.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "armsim/ai_account.h"
#include "base/result.h"

namespace armsim {

// A feature of a plan. `enabled` decides; `shown` is how isEnabled reads, and "" means "True" or
// "False" by `enabled`.
struct Extension {
  std::string name{};
  bool enabled = false;
  std::string shown{};
  std::string properties{};  // additionalExtensionProperties as JSON text, "" for none
  bool operator==(const Extension&) const = default;
};

// How ARM says that Microsoft.Security is not registered. All four were seen.
enum class Unregistered {
  SpacedCode,    // 404 "Subscription Not Registered"
  PlainMessage,  // 404 "NotFound", "Please register to Microsoft.Security in order to view ..."
  JoinedCode,    // 404 "SubscriptionNotRegistered"
  ArmGeneric,    // 409 "MissingSubscriptionRegistration" with details[0].target
};

// What happens to an extension that the service does not know: none of its defaults, and not in the
// plan.
enum class UnknownExtension {
  Stored,   // taken and Succeeded, as if it were known
  Refused,  // 400
  Ignored,  // 200, and it is not there
};

// Requests at once and then per second; 0 = without limit.
struct Bucket {
  double burst = 0;
  double per_second = 0;
  bool operator==(const Bucket&) const = default;
};

// How the names of content filters are spelt in answers. Azure's examples disagree.
enum class FilterNames {
  Stored,  // as they were written: "Indirect Attack"
  Snake,   // "indirect_attack"
  Joined,  // "IndirectAttack"
};

struct Behaviour {
  // What the service adds when the AI plan goes from Free to Standard.
  std::vector<Extension> default_extensions = {{"AIPromptEvidence", true, "", ""},
                                               {"AIPromptSharingWithPurview", true, "", ""},
                                               {"AIModelScanner", false, "", ""}};
  // Free to Standard with a list: defaults that the list does not name are switched on all the
  // same.
  bool defaults_beside_list = true;
  // Free to Standard with a list: what it names is obeyed; false: only a second PUT is.
  bool list_honoured_when_switching = true;
  // Already Standard, partial list: what it does not name stays; false: it is switched off.
  bool list_merges = true;
  // Already Standard, no list at all: nothing changes; false: the defaults come back.
  bool omitted_list_keeps = true;
  // isEnabled "true" is answered and read back as "True"; false: as it was written.
  bool normalises_is_enabled = true;
  // isEnabled is a JSON boolean in answers.
  bool boolean_is_enabled = false;
  // A plan on Free shows its extensions, all "False"; false: no `extensions` at all.
  bool free_shows_extensions = false;
  // After operationStatus Failed a GET shows what was asked for; false: the extension reads off.
  bool failed_reads_as_asked = true;
  UnknownExtension unknown_extensions = UnknownExtension::Stored;
  // A GET repeats operationStatus Failed until a PUT acts on the extension with success.
  bool get_shows_failures = false;
  // A GET and a list show every change so much later (by the simulator's clock).
  std::chrono::milliseconds read_lag{0};
  // A PUT whose Content-Type is not JSON is refused with 415.
  bool json_only = true;
  // A PUT with a subPlan that the plan does not have is refused with 400; false: it is stored.
  bool checks_sub_plan = true;
  // A plan that is on has resourcesCoverageStatus PartiallyCovered.
  bool partially_covered = false;
  // freeTrialRemainingTime of a plan that is on, in days.
  int trial_days = 0;
  // A PUT without `enforce` resets it to "False"; false: it stays.
  bool omitted_enforce_resets = false;
  // `type`, and the provider and the resource group in `id`, are in lower case, as Resource Graph
  // prints them.
  bool lower_case_ids = false;
  // Status of a successful PUT: 200 or 201.
  int put_status = 200;
  // Status of "The name 'X' is not a valid name".
  int unknown_plan_status = 400;
  // Status of ReadOnlyDisabledSubscription.
  int disabled_status = 409;
  Unregistered unregistered = Unregistered::SpacedCode;
  // False: the role has no Microsoft.Resources/subscriptions/providers/read, so that a GET of the
  // provider is 403 (Security Admin is such a role).
  bool provider_readable = true;
  // Polls of the provider that still read Registering after a register call.
  int registering_polls = 2;

  // One pricing write per subscription at a time: how long it works, and how long afterwards the
  // subscription still answers 409 Conflict (by the simulator's clock).
  std::chrono::milliseconds write_takes{0};
  std::chrono::milliseconds write_cool_down{5000};
  // Every ARM and Entra answer waits so long first.
  std::chrono::milliseconds latency{0};
  std::chrono::seconds token_lifetime{3599};
  // GET /subscriptions answers so many at a time.
  int page_size = 1000;
  // Resource Graph shows every change so much later.
  std::chrono::milliseconds graph_lag{0};
  // False: rows of pricings have no extensions.
  bool graph_shows_extensions = true;
  // An event shows up in the activity log so much later.
  std::chrono::milliseconds activity_lag{std::chrono::minutes(3)};
  // The activity log answers so many events at a time.
  int activity_page_size = 200;
  // A list of AI accounts, or of what hangs on one, answers so many at a time.
  int account_page_size = 1000;
  // AI accounts and what hangs on them: what the caller's role may not read, in every subscription.
  DeniedReads denied_ai_reads{};
  // A subscription without AI accounts never registered their provider: 409; false: an empty list.
  bool accounts_unregistered = false;
  // When the AI plan goes on or off, so does the switch of every account; false: that one stays.
  bool setting_follows_plan = false;
  // A plan that is on reads PartiallyCovered while the switch of an account is off.
  bool coverage_counts_settings = false;
  // Microsoft.Default has a filter Jailbreak, as Microsoft.DefaultV2 has.
  bool default_policy_shields = true;
  FilterNames filter_names = FilterNames::Stored;
  // deploymentState is in answers of api-versions before 2025-12-01, too.
  bool old_versions_show_state = false;
  // Rows that the graph gives at a time, whatever was asked for.
  int graph_page_size = 1000;
  // What does not fit into a page of the graph is lost, as it is without `id` in the rows.
  bool graph_cuts_off = false;
  // Queries of one caller in a window of that length; 0 = without limit.
  int graph_quota = 15;
  std::chrono::milliseconds graph_quota_window{5000};
  // The subscriptions that the graph queries if a query names none.
  int graph_subscription_limit = 10'000;
  Bucket read_bucket;
  Bucket write_bucket;
  // All subscriptions share one bucket of the caller; false: each has its own.
  bool buckets_shared = false;
  // x-ms-ratelimit-remaining-subscription-resource-requests counts down from 750 reads or 250
  // writes in five minutes; what comes after 0 is answered 429. False: it stays at 0.
  bool budget_throttles = true;

  bool operator==(const Behaviour&) const = default;
};

// Sets one field from text: "list_merges", "false". Durations as "250ms" or "1h", buckets as
// "250/25", default_extensions as "Name=on,Other=off", unregistered as spaced | message | joined |
// generic, unknown_extensions as stored | refused | ignored, denied_ai_reads as none | all | a
// list, filter_names as stored | snake | joined. The error names the nearest field or the expected
// form.
[[nodiscard]] defenderd::Result<defenderd::Done> set_behaviour(Behaviour& behaviour,
                                                               std::string_view name,
                                                               std::string_view value);

struct BehaviourField {
  std::string name{};
  std::string value{};  // as set_behaviour reads it
};
[[nodiscard]] std::vector<BehaviourField> list_behaviour(const Behaviour& behaviour);

}  // namespace armsim
