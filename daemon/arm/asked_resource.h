#pragma once
// An answer must be about what was asked: a proxy or a cache that mixes up its answers would
// otherwise have us report, or correct, one resource by another one's state.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "net/json_document.h"

namespace defenderd {

// A resource by what its answer says about itself. ARM compares all three without case.
class AskedResource {
 public:
  // `id`: "/subscriptions/..."; `type`: "Microsoft.Security/pricings". "" is not compared.
  explicit AskedResource(std::string id, std::string name = {}, std::string type = {});

  // Why this member of an answer shows that it is about another resource; "" if it does not: other
  // members, and null. Every spelling of a name counts. `written` is shown for what is not a text.
  [[nodiscard]] std::string mismatch(std::string_view member, const JsonValue& value,
                                     std::string_view written) const;
  // The first mismatch among the members of the answer, or "".
  [[nodiscard]] std::string mismatch(const JsonValue& answer) const;

 private:
  std::array<std::pair<std::string_view, std::string>, 3> expected_;
};

// Why the id of an item of a list shows that it is not below `path`, such as
// "/subscriptions/.../accounts"; "" if it is, or has no id.
[[nodiscard]] std::string not_below(const JsonValue& item, std::string_view path);

}  // namespace defenderd
