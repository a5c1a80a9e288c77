// A desired state, YAML or JSON (desired/read_desired.h).

#include "desired/read_desired.h"

#include <set>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check_problems(const std::vector<Problem>& problems) {
  require(!problems.empty(), "what is refused has a problem");
  for (const Problem& problem : problems) {
    require(problem.file == "fuzz.yaml" && problem.line >= 0 && problem.column >= 0,
            "a problem stands in its file");
    require(!problem.message.empty(), "a problem has a message");
    fuzz::require_printable(problem.message, 2000);
    fuzz::require_printable(problem.path, 1000);
  }
}

void check_state(const DesiredState& state) {
  std::set<SubscriptionId> ids;
  for (const DesiredSubscription& one : state.subscriptions) {
    require(ids.insert(one.id).second, "an id stands once");
    fuzz::require_printable(one.name, 4096);
    fuzz::require_printable(one.reason, 4096);
    require(one.plan || one.extensions.empty() || !one.extensions[0].name.empty(),
            "an extension has a name");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  const auto state = read_desired({{"fuzz.yaml", text}});
  if (!state) {
    check_problems(state.error());
    return 0;
  }
  check_state(*state);
  // A line of comment at the end declares nothing.
  const auto commented = read_desired({{"fuzz.yaml", text + "\n# the end\n"}});
  if (!commented) return 0;  // it may end inside a block scalar, or by "..."
  require(commented->subscriptions.size() == state->subscriptions.size() &&
              commented->scopes.size() == state->scopes.size(),
          "a comment declares nothing");
  return 0;
}
