#pragma once
// Calls of ports that may have bugs: an exception is reported and counts as a failure of the call,
// so that what was asked about is asked again like after any failure.

#include <string_view>

#include "base/guarded.h"
#include "core/failure.h"
#include "reconcile/verdict.h"

namespace defenderd {

// `call` returns an ArmResult. `doing` reads like "listing subscriptions".
template <class Call>
auto guarded_call(std::string_view doing, const OnThrow& on_throw, const Call& call)
    -> decltype(call()) {
  decltype(call()) answer = Unexpected(Failure());
  const OnThrow threw = [&](std::string_view what_was_done, std::string_view what) {
    answer = Unexpected(bug(what));
    report_throw(on_throw, what_was_done, what);
  };
  guarded(doing, threw, [&] { answer = call(); });
  return answer;
}

}  // namespace defenderd
