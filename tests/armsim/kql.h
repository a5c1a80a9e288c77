#pragma once
// As much of Resource Graph's query language as clients of subscriptions, pricings and AI accounts
// use: a table and then where, extend, project, order by, limit and mv-expand, over rows of JSON.
// Pure.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "armsim/arm_answer.h"
#include "base/result.h"

namespace armsim {

class Kql {
 public:
  // The Error is one for the details of the graph's 400.
  [[nodiscard]] static defenderd::Result<Kql> parse(std::string_view text);

  [[nodiscard]] const std::string& table() const { return table_; }  // in lower case
  // False where no row of that name can be in the result: for sources with many kinds of rows.
  [[nodiscard]] bool may_name(std::string_view name) const;
  [[nodiscard]] std::vector<Json> run(std::vector<Json> rows) const;

 private:
  friend class KqlParser;
  using Stage = std::function<void(std::vector<Json>&)>;

  std::string table_;
  std::vector<Stage> stages_;
  std::set<std::string> names_;  // in lower case; empty: any
};

}  // namespace armsim
