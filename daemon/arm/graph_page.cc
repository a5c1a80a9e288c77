#include "arm/graph_page.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/json_bounds.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;

// The page as events: members of the answer at depth 1, rows at depth 2 of "data".
class PageReader final : public json::json_sax_t {
 public:
  explicit PageReader(GraphRows& rows) : rows_(rows) {}

  bool null() override { return scalar({JsonScalar::Kind::Null, {}}); }
  bool boolean(bool flag) override {
    return scalar({JsonScalar::Kind::Boolean, flag ? "true" : "false"});
  }
  bool number_integer(number_integer_t number) override {
    if (number >= 0) return number_unsigned(static_cast<number_unsigned_t>(number));
    return scalar({JsonScalar::Kind::Number, {}, static_cast<double>(number)});
  }
  bool number_unsigned(number_unsigned_t number) override {
    if (depth_ == 1) {
      if (member_ == "count") count = number;
      if (member_ == "totalRecords") total = number;
    }
    return scalar({JsonScalar::Kind::Number, {}, static_cast<double>(number)});
  }
  bool number_float(number_float_t number, const string_t& /*text*/) override {
    return scalar({JsonScalar::Kind::Number, {}, number});
  }
  bool string(string_t& text) override {
    if (depth_ == 1 && member_ == "$skipToken") page.skip_token = text;
    return scalar({JsonScalar::Kind::Text, text});
  }
  bool binary(binary_t& /*bytes*/) override { return false; }

  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 1 && member_ == "data") return false;  // resultFormat table
    if (is_row()) {
      rows_.begin_row();
    } else if (in_row()) {
      rows_.begin_object(path());
    }
    open();
    return true;
  }
  bool end_object() override {
    close();
    if (is_row()) {
      ++page.rows;
      rows_.end_row();
    } else if (in_row()) {
      rows_.end_object(path());
    }
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ == 0 || is_row()) return false;
    if (depth_ == 1) in_data_ = member_ == "data";
    if (in_row()) rows_.begin_list(path());
    has_data = has_data || in_data_;
    open();
    return true;
  }
  bool end_array() override {
    close();
    if (depth_ == 1) in_data_ = false;
    if (in_row()) rows_.end_list(path());
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      member_ = name;
    } else if (in_row()) {
      if (names_ == path_.size()) path_.emplace_back();
      path_[names_] = name;
      named_ = true;
    }
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const json::exception& /*error*/) override {
    return false;
  }

  GraphPage page;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> total;
  std::optional<bool> truncated;
  bool has_data = false;

 private:
  [[nodiscard]] bool is_row() const { return in_data_ && depth_ == 2; }
  [[nodiscard]] bool in_row() const { return in_data_ && depth_ > 2; }
  // Of the value that comes now, or of the container that is open.
  [[nodiscard]] GraphRows::Path path() const { return {path_.data(), names_ + (named_ ? 1U : 0U)}; }

  // A container takes the name that led to it along: what it holds is below.
  void open() {
    ++depth_;
    if (depth_ <= 2) return;
    frames_.push_back({names_, named_});
    names_ += named_ ? 1 : 0;
    named_ = false;
  }
  void close() {
    --depth_;
    if (depth_ < 2) return;
    names_ = frames_.back().names;
    named_ = frames_.back().named;
    frames_.pop_back();
  }

  bool scalar(const JsonScalar& value) {
    if (depth_ == 0) return false;
    if (depth_ == 1) {
      if (member_ == "data") return false;
      if (member_ == "resultTruncated") truncated = iequals(value.text, "true");
      return true;
    }
    if (is_row()) return false;  // a row that is no object
    if (in_row()) rows_.value(path(), value);
    return true;
  }

  struct Frame {
    std::size_t names = 0;
    bool named = false;
  };

  GraphRows& rows_;
  int depth_ = 0;
  bool in_data_ = false;
  std::string member_;             // of the answer
  std::vector<std::string> path_;  // the first names_ of it, and one more when named_
  std::size_t names_ = 0;
  bool named_ = false;
  std::vector<Frame> frames_;
};

}  // namespace

Result<GraphPage> read_graph_page(std::string_view body, GraphRows& rows) {
  if (!is_shallow_json(body)) return Unexpected(Error{"the answer's JSON nests too deep"});
  PageReader reader(rows);
  if (!json::sax_parse(body.begin(), body.end(), &reader) || !reader.has_data || !reader.count ||
      !reader.total || !reader.truncated) {
    return Unexpected(Error{"the answer is no page of query results"});
  }
  GraphPage& page = reader.page;
  page.total = *reader.total;
  page.truncated = *reader.truncated;
  if (page.rows != *reader.count) {
    return Unexpected(Error{"the answer holds " + std::to_string(page.rows) + " rows and says " +
                            std::to_string(*reader.count)});
  }
  return std::move(page);
}

}  // namespace defenderd
