#pragma once
// Text that must not reach a log, a metric, an error or a page: it has no formatter, comparison or
// conversion, and overwrites its memory when the last copy is destroyed.

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace defenderd {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::make_shared<const Text>(std::move(text))) {}

  // For the one place that sends it.
  [[nodiscard]] const std::string& reveal() const {
    static const std::string none;
    return text_ ? text_->value : none;
  }
  [[nodiscard]] bool empty() const { return reveal().empty(); }

 private:
  // Shared by copies, so a token used by a thousand requests is in memory once.
  struct Text {
    explicit Text(std::string text) : value(std::move(text)) {}
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    ~Text() {
      volatile char* const bytes = value.data();  // volatile: the writes are not optimized away
      for (std::size_t i = 0; i < value.size(); ++i) bytes[i] = '\0';
    }
    std::string value;
  };

  std::shared_ptr<const Text> text_;
};

}  // namespace defenderd
