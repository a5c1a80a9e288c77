#pragma once
// The input of the YAML parser, bounded so that its memory follows the size of the text.
//
// The parser keeps every token until it knows whether it starts a key, which it only knows at the
// closing bracket for a brace or bracket. Two measures bound this:
// - A document between braces, such as JSON, is wrapped in a key of ours. The value of a key is not
//   a key itself, so its tokens are returned as they come.
// - The number of tokens that may be read while none is returned is limited.

#include <cstddef>
#include <functional>
#include <streambuf>
#include <string_view>

namespace defenderd {

class YamlInput final : public std::streambuf {
 public:
  // Called when the parser reads too far, with the nesting depth of brackets there; it must
  // throw.
  using TooDense = std::function<void(std::size_t depth)>;
  // `text` must outlive it.
  YamlInput(std::string_view text, TooDense too_dense);

  // The parser has returned something.
  void progress() { pending_ = 0; }

  // Whether the document is wrapped in a key of ours.
  [[nodiscard]] bool wrapped() const { return wrapped_; }

  // Converts the parser's position in its input to a position in the text.
  struct Mark {
    int pos = 0;
    int line = 0;
    int column = 0;
  };
  [[nodiscard]] Mark in_text(Mark mark) const;

 protected:
  int_type underflow() override;
  std::streamsize xsgetn(char* to, std::streamsize count) override;

 private:
  void hand_out(std::string_view piece);
  void count_tokens(std::string_view bytes);

  std::string_view text_;
  const TooDense too_dense_;
  bool wrapped_ = false;
  std::size_t wrapped_at_ = 0;  // position of our key
  int wrapped_line_ = 0;
  int piece_ = 0;            // of the text before our key, that key, and the text after it
  std::size_t pending_ = 0;  // token characters read since progress()
  std::size_t depth_ = 0;    // of brackets, including those in quotes
  bool line_is_blank_ = true;
  bool in_comment_ = false;
};

}  // namespace defenderd
