#include "net/foreign_answer.h"

#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxHost = 128;

// Of an absolute address, without a login; "" if it has none.
std::string_view host_of(std::string_view location) {
  const std::size_t slashes = location.find("//");
  const bool absolute =
      slashes == 0 || (slashes != std::string_view::npos && slashes > 0 &&
                       location.find_first_of("/?#") == slashes && location[slashes - 1] == ':');
  if (!absolute) return {};
  std::string_view host = location.substr(slashes + 2);
  host = host.substr(0, host.find_first_of("/?#\\"));
  if (const std::size_t login = host.rfind('@'); login != std::string_view::npos)
    host.remove_prefix(login + 1);
  return host;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return iequals(trim(text).substr(0, word.size()), word);
}

}  // namespace

// No JSON begins with '<'. The type is often wrong or missing.
bool is_markup(const HttpResponse& response) {
  std::string_view body = response.body;
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body = trim(body);
  if (body.starts_with('<')) return true;
  if (body.starts_with('{') || body.starts_with('[')) return false;
  const std::string_view type = response.header("Content-Type");
  return starts_with_word(type, "text/html") || starts_with_word(type, "application/xhtml");
}

std::string foreign_sign(const HttpResponse& response) {
  if (response.status >= 500) return {};
  if (response.status >= 300 && response.status < 400) {
    const std::string_view host = host_of(trim(response.header("Location")));
    return host.empty() ? "a redirect" : "a redirect to " + foreign_text(host, kMaxHost);
  }
  return is_markup(response) ? "a page of HTML, which is not JSON" : "";
}

std::string not_of_azure(std::string_view sign) {
  return "this is not an answer of Azure (" + std::string(sign) +
         "); check the proxy or login page of this network, HTTPS_PROXY and NO_PROXY";
}

}  // namespace defenderd
