#include "cli/daemon_api.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/scrub.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr Duration kRequestTimeout = std::chrono::seconds(30);
constexpr JsonLimits kLimits{.bytes = std::size_t{8} << 20U, .values = 500'000};
constexpr std::size_t kRowsPerPage = 1000;
constexpr std::size_t kMaxRows = 100'000;

constexpr int kOk = 200;
constexpr int kNotFound = 404;

std::string advice_on(const TransportError& error) {
  using Kind = TransportError::Kind;
  if (error.refused) return {};  // the message says why
  switch (error.kind) {
    case Kind::Connect:
      return "; is the daemon running, and is --url its server.listen?";
    case Kind::Tls:
      break;  // the message says what to do
    case Kind::Timeout:
      return "; try again, or use the address of the daemon itself";
    case Kind::Broken:
    case Kind::Malformed:
      return "; is --url right, with https:// if the daemon has TLS?";
    case Kind::TooLarge:
      return "; is --url the address of defenderd?";
    case Kind::Stopped:
    case Kind::BadRequest:
      break;
  }
  return {};
}

// Besides what answer_text() says.
std::string advice_on(const HttpResponse& answer) {
  if (asks_for_certificate(answer)) return {};
  const int status = answer.status;
  constexpr int kForbidden = 403;
  constexpr int kMisdirected = 421;
  constexpr int kBusy = 503;
  if (status >= 300 && status < 400) return "; use the address of the daemon itself for --url";
  if (status == kForbidden)
    return "; something before the daemon refuses it: use the daemon's own address, or let GET of "
           "/api/v1 through";
  if (status == kNotFound)
    return "; it is an older defenderd, or something else: update it, or correct --url";
  if (status == kMisdirected)
    return "; add the host of --url to server.allowedHosts, or use a host that is listed there";
  if (status == kBusy) return "; it is busy: try again";
  return {};
}

}  // namespace

Error DaemonApi::not_understood(std::string_view path, std::string_view what) const {
  return Error{origin().text() + std::string(path) + " is not what defenderd answers: " +
               std::string(what) + "; is --url the address of defenderd?"};
}

Result<HttpResponse> DaemonApi::send(const std::string& path) {
  const Duration left = deadline_ - clock_.steady_now();
  if (left <= Duration::zero()) {
    return Unexpected(Error{origin().text() + " has not answered everything within " +
                            format_duration(kLongest) + "; try again"});
  }
  auto answer = daemon_.send({.origin = {},
                              .target = path,
                              .headers = {{"Accept", "application/json"}},
                              .timeout = std::min(left, kRequestTimeout),
                              .max_answer = kLimits.bytes});
  if (!answer) return Unexpected(Error{answer.error().message + advice_on(answer.error())});
  return *std::move(answer);
}

Result<Done> DaemonApi::read(const std::string& path, const HttpResponse& answer,
                             const Take& take) const {
  if (answer.status != kOk)
    return Unexpected(Error{answer_text(origin(), path, answer) + advice_on(answer)});
  const auto document = JsonDocument::parse(answer.body, kLimits);
  if (!document) return Unexpected(not_understood(path, foreign_text(document.error().message)));
  if (!document->root().is_object())
    return Unexpected(not_understood(path, "it is not a JSON object"));
  return take(document->root());
}

Result<Done> DaemonApi::get(const std::string& path, const Take& take) {
  const auto answer = send(path);
  if (!answer) return Unexpected(answer.error());
  return read(path, *answer, take);
}

Result<bool> DaemonApi::find(const std::string& path, const Take& take) {
  const auto answer = send(path);
  if (!answer) return Unexpected(answer.error());
  if (answer->status == kNotFound) return false;
  const auto done = read(path, *answer, take);
  if (!done) return Unexpected(done.error());
  return true;
}

Result<std::size_t> DaemonApi::each(const std::string& path, const Take& first, const Take& row) {
  std::size_t total = 0;
  std::size_t offset = 0;
  do {
    const std::size_t before = offset;
    const auto done =
        get(path + "?limit=" + std::to_string(kRowsPerPage) + "&offset=" + std::to_string(offset),
            [&](const JsonValue& page) -> Result<Done> {
              const auto count = page.member("total").integer();
              if (!count || *count < 0 || static_cast<std::uint64_t>(*count) > kMaxRows ||
                  !page.member("items").is_list())
                return Unexpected(not_understood(path, "it has no list with a sensible total"));
              total = static_cast<std::size_t>(*count);
              if (before == 0) {
                if (auto taken = first(page); !taken) return taken;
              }
              for (const JsonValue& item : page.member("items").items()) {
                if (auto taken = row(item); !taken) return taken;
                ++offset;
              }
              return Done{};
            });
    if (!done) return Unexpected(done.error());
    if (offset == before) break;
  } while (offset < total);
  return total;
}

}  // namespace defenderd
