#include "cli/import_yaml.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "cli/import_defaults.h"
#include "core/diff.h"
#include "desired/extensions.h"
#include "desired/limits.h"
#include "desired/read_desired.h"

namespace defenderd {
namespace {

constexpr std::size_t kLongestComment = 600;
constexpr std::size_t kLongestName = limits::kName - 3;  // printable() may add "..."

// Characters that break a line in YAML 1.1 or are not allowed in YAML, with their escapes.
struct Escape {
  std::string_view character;
  std::string_view escaped;
};
constexpr std::array<Escape, 6> kEscapes{{{"\"", "\\\""},
                                          {"\\", "\\\\"},
                                          {"\xC2\x85", "\\N"},
                                          {"\xE2\x80\xA8", "\\L"},
                                          {"\xE2\x80\xA9", "\\P"},
                                          {"\xEF\xBB\xBF", "\\uFEFF"}}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// On one line for every reader, so that a name cannot end the comment.
std::string comment(std::string_view text) {
  std::string line = outgoing_text(text, kLongestComment);
  for (const Escape& escape : kEscapes) {
    if (escape.character.size() > 1) replace_all(line, escape.character, " ");
  }
  return line;
}

std::string name_of(const ListedSubscription& listed) {
  return std::string(trim(printable(listed.name, kLongestName)));
}

bool is_extension_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= kMaxExtensionNameSize && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
         });
}

std::string state_comment(const ListedSubscription& listed) {
  if (iequals(listed.state, "Enabled")) return {};
  if (iequals(listed.state, "Disabled")) {
    return "  # Disabled in Azure: it can be observed, but not changed until it is enabled "
           "again.\n";
  }
  return "  # Its state in Azure is " + comment(listed.state) + ".\n";
}

void add_extensions(const Pricing& observed, const ImportDefaults& defaults, std::string& text) {
  std::string others;
  std::set<std::string> named;
  std::string notes;
  std::size_t other_count = 0;
  for (const Extension& extension : observed.extensions) {
    if (!named.insert(to_lower(extension.name)).second) continue;
    if (!extension.enabled || !is_extension_name(extension.name)) {
      notes += "    # Unchanged: " + comment(extension.name) + " is '" +
               comment(observed_text(observed, Field::extension(kDeclaredPlan, extension.name))) +
               "', which cannot be declared.\n";
      continue;
    }
    const std::string on(on_off(*extension.enabled));
    const ExtensionWord* const word = find_by_arm_name(kDeclaredPlan, extension.name);
    if (word != nullptr) {
      const auto usual = defaults.extensions.find(word->yaml);
      if (usual != defaults.extensions.end() && usual->second == *extension.enabled) continue;
      text += "    " + std::string(word->yaml) + ": " + on + "\n";
    } else if (++other_count <= kMaxExtensions) {
      others += "      " + yaml_quoted(extension.name) + ": " + on + "\n";
    }
  }
  if (!others.empty()) {
    text += "    extensions: # without a dedicated key in this version of defenderd\n" + others;
  }
  text += notes;
}

std::string entry(const ImportedSubscription& imported, const ImportDefaults& defaults,
                  const std::optional<TenantId>& tenant) {
  const ListedSubscription& listed = imported.listed;
  std::string text = "\n" + state_comment(listed);
  if (tenant && listed.tenant && *listed.tenant != *tenant) {
    const bool delegated = std::find(listed.managed_by.begin(), listed.managed_by.end(), *tenant) !=
                           listed.managed_by.end();
    text += "  # Its home tenant is " + listed.tenant->text() +
            (delegated ? ", which delegates it by Azure Lighthouse" : "") +
            "; it is accessed through the tenant above.\n";
  }
  if (imported.accounts.value_or(0) > 0) {
    const std::size_t count = *imported.accounts;
    text += "  # It holds " + std::to_string(count) +
            (count == 1 ? " AI account.\n" : " AI accounts.\n");
  }
  text += "  - id: " + listed.id.text() + "\n";
  if (const std::string name = name_of(listed); !name.empty()) {
    text += "    name: " + yaml_quoted(name) + "\n";
  }
  const bool plan = imported.observed->tier == Tier::Standard;
  if (defaults.plan != plan) text += "    plan: " + std::string(on_off(plan)) + "\n";
  if (plan) add_extensions(*imported.observed, defaults, text);
  return text;
}

std::string left_out(const ImportedSubscription& imported) {
  return "\n  # Not imported, because its plan could not be read. " + comment(imported.why) +
         "\n  # - id: " + imported.listed.id.text() +
         "\n  #   name: " + comment(yaml_quoted(name_of(imported.listed))) + "\n";
}

std::string head(std::string_view mode, const ImportDefaults& defaults,
                 const std::optional<TenantId>& tenant) {
  std::string text =
      "# yaml-language-server: $schema=desired-state.schema.json\n"
      "# For editors, once, next to this file: defenderd schema desired "
      ">desired-state.schema.json\n#\n"
      "# Written by `defenderd import` with the current state of each subscription, so there is "
      "no\n"
      "# drift. Edit it to what you want, check it with `defenderd diff`, and keep it in version\n"
      "# control.\n"
      "apiVersion: defenderd/v1\nkind: DesiredState\n\ndefaults:\n";
  if (mode == "observe") {
    text +=
        "  # Drift is reported and nothing is written. Set enforce here, or for one subscription\n"
        "  # at a time, to correct drift.\n";
  }
  text += "  mode: " + std::string(mode) + "\n";
  if (defaults.plan) text += "  plan: " + std::string(on_off(*defaults.plan)) + "\n";
  for (const auto& [key, on] : defaults.extensions)
    text += "  " + std::string(key) + ": " + std::string(on_off(on)) + "\n";
  if (tenant) text += "  tenantId: " + tenant->text() + "\n";
  return text + "\nsubscriptions:\n";
}

// The next `diff` must find no drift; anything else is a bug here.
std::optional<Error> check(const ImportedState& state,
                           const std::vector<ImportedSubscription>& subscriptions) {
  const auto read = read_desired({{"import", state.yaml}});
  if (!read) {
    return Error{"a bug, please report it: what import wrote cannot be read back: " +
                 format(read.error())};
  }
  std::unordered_map<SubscriptionId, const Pricing*> observed;
  for (const ImportedSubscription& imported : subscriptions) {
    if (imported.observed) observed[imported.listed.id] = &*imported.observed;
  }
  for (const DesiredSubscription& desired : read->subscriptions) {
    const auto found = observed.find(desired.id);
    if (found == observed.end() || !diff(desired, *found->second).empty()) {
      return Error{"a bug, please report it: " + desired.id.text() + " would drift from itself"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string yaml_quoted(std::string_view text) {
  std::string result;
  const std::string clean = printable(text, text.size() + 3);
  for (std::size_t at = 0; at < clean.size();) {
    const auto escape = std::find_if(kEscapes.begin(), kEscapes.end(), [&](const Escape& each) {
      return std::string_view(clean).substr(at).starts_with(each.character);
    });
    if (escape == kEscapes.end()) {
      result += clean[at++];
    } else {
      result += escape->escaped;
      at += escape->character.size();
    }
  }
  return '"' + result + '"';
}

Result<ImportedState> import_state(std::vector<ImportedSubscription> subscriptions,
                                   std::string_view mode, const std::optional<TenantId>& tenant) {
  std::sort(subscriptions.begin(), subscriptions.end(), [](const auto& a, const auto& b) {
    return std::pair(to_lower(a.listed.name), a.listed.id) <
           std::pair(to_lower(b.listed.name), b.listed.id);
  });
  for (ImportedSubscription& imported : subscriptions) {
    if (!imported.observed || imported.observed->tier != Tier::Other) continue;
    imported.why = "Azure shows the tier '" + imported.observed->tier_text +
                   "', which this version of defenderd does not know.";
    imported.observed.reset();
  }
  const ImportDefaults defaults = common_values(subscriptions);
  ImportedState state;
  state.yaml = head(mode, defaults, tenant);
  for (const ImportedSubscription& imported : subscriptions) {
    if (imported.accounts) {
      state.accounts += *imported.accounts;
      ++(*imported.accounts > 0 ? state.with_accounts : state.without_accounts);
    }
    state.yaml += imported.observed ? entry(imported, defaults, tenant) : left_out(imported);
    ++(imported.observed ? state.taken : state.left_out);
  }
  if (state.taken == 0) {
    return Unexpected(
        Error{(subscriptions.size() == 1 ? "the only visible subscription could not be read"
                                         : "none of the " + std::to_string(subscriptions.size()) +
                                               " visible subscriptions could be read") +
              (subscriptions.empty() ? "" : ": " + subscriptions.front().why)});
  }
  if (auto error = check(state, subscriptions)) return Unexpected(*std::move(error));
  return state;
}

}  // namespace defenderd
