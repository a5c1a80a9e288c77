#pragma once
// What the YAML parser is fed, so that its memory follows the size of the text.
//
// The parser keeps every token until it knows whether it begins a key, and it knows that of a brace
// or bracket only at the other end. Two measures bound this:
// - A document between braces, as JSON is, is put behind a key of ours. What follows a key is no
// key
//   itself, so that its tokens are handed out as they come.
// - How many tokens may be read while none is handed out is limited.

#include <cstddef>
#include <functional>
#include <streambuf>
#include <string_view>

namespace defenderd {

class YamlInput final : public std::streambuf {
 public:
  // Called when the parser reads too far, with how deep the brackets are nested there; it leaves by
  // an exception.
  using TooDense = std::function<void(std::size_t depth)>;
  // `text` outlives it.
  YamlInput(std::string_view text, TooDense too_dense);

  // The parser has handed out something.
  void progress() { pending_ = 0; }

  // Whether the document stands behind a key of ours.
  [[nodiscard]] bool wrapped() const { return wrapped_; }

  // The parser's place in its input as the place in the text.
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
  std::size_t wrapped_at_ = 0;  // where our key goes
  int wrapped_line_ = 0;
  int piece_ = 0;            // of the text before our key, that key, and the text behind it
  std::size_t pending_ = 0;  // signs of tokens that were read since progress()
  std::size_t depth_ = 0;    // of brackets, whether in quotes or not
  bool line_is_blank_ = true;
  bool in_comment_ = false;
};

}  // namespace defenderd
