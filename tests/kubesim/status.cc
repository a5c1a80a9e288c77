#include "kubesim/status.h"

#include <cstdlib>
#include <set>

namespace kubesim {
namespace {

HttpAnswer failure(int code, const std::string& reason, const std::string& message,
                   const Json& details = nullptr) {
  Json body{{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
            {"status", "Failure"}, {"message", message}, {"code", code}};
  if (!reason.empty()) body["reason"] = reason;
  if (!details.is_null()) body["details"] = details;
  return json_answer(code, body);
}

Json details_of(const Resource& resource, const std::string& name, const std::string& kind) {
  Json details{{"kind", kind}};
  if (!name.empty()) details["name"] = name;
  if (!resource.group.empty()) details["group"] = resource.group;
  return details;
}

Json details_of(const Resource& resource, const std::string& name) {
  return details_of(resource, name, std::string(resource.plural));
}

std::string named(const std::string& what, const std::string& name) {
  return what + " \"" + name + "\"";
}

std::string title(FieldError::Kind kind) {
  switch (kind) {
    case FieldError::Kind::Invalid:
      return "Invalid value";
    case FieldError::Kind::Required:
      return "Required value";
    case FieldError::Kind::Forbidden:
      return "Forbidden";
    case FieldError::Kind::TooLong:
      return "Too long";
  }
  return "";
}

std::string cause(FieldError::Kind kind) {
  switch (kind) {
    case FieldError::Kind::Invalid:
      return "FieldValueInvalid";
    case FieldError::Kind::Required:
      return "FieldValueRequired";
    case FieldError::Kind::Forbidden:
      return "FieldValueForbidden";
    case FieldError::Kind::TooLong:
      return "FieldValueTooLong";
  }
  return "";
}

// The answer of that status that the server itself gives to such a request.
HttpAnswer natural(int status, const Route& route, const std::string& user) {
  switch (status) {
    case 400:
      return bad_request("the server rejected our request for an unknown reason");
    case 401:
      return unauthorized();
    case 403:
      return forbidden(route, user);
    case 404:
      return route.resource == nullptr ? no_such_path() : not_found(*route.resource, route.name);
    case 409:
      return route.resource == nullptr ? failure(409, "Conflict", "the request is in conflict")
                                       : conflict(*route.resource, route.name);
    case 413:
      return too_large();
    case 429:
      return failure(
          429, "TooManyRequests",
          "the server has received too many requests and has asked us to try again later");
    case 500:
      return internal_error("Internal error occurred: etcdserver: request timed out");
    case 503:
      return failure(503, "ServiceUnavailable",
                     "the server is currently unable to handle the request");
    case 504:
      return failure(504, "Timeout",
                     "Timeout: request did not complete within requested timeout - context "
                     "deadline exceeded");
    default:
      return failure(status, "",
                     "an error on the server has prevented the request from succeeding");
  }
}

}  // namespace

HttpAnswer json_answer(int status, const Json& body) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "application/json";
  // A request may hold what is no UTF-8 only in its path; no answer may break for that.
  answer.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return answer;
}

HttpAnswer text_answer(int status, const std::string& text) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = text;
  return answer;
}

HttpAnswer bad_request(const std::string& message) { return failure(400, "BadRequest", message); }

HttpAnswer unauthorized() { return failure(401, "Unauthorized", "Unauthorized"); }

HttpAnswer forbidden(const Route& route, const std::string& user) {
  const std::string who = "User \"" + user + "\" cannot ";
  if (route.resource == nullptr) {
    return failure(403, "Forbidden",
                   "forbidden: " + who + route.verb + " path \"" + route.path + "\"",
                   Json::object());
  }
  const Resource& resource = *route.resource;
  const std::string what =
      route.name.empty() ? resource.qualified() : named(resource.qualified(), route.name);
  const std::string where =
      route.ns.empty() ? "at the cluster scope" : "in the namespace \"" + route.ns + "\"";
  return failure(403, "Forbidden",
                 what + " is forbidden: " + who + route.verb + " resource \"" +
                     std::string(resource.plural) + "\" in API group \"" +
                     std::string(resource.group) + "\" " + where,
                 details_of(resource, route.name));
}

HttpAnswer not_found(const Resource& resource, const std::string& name) {
  return failure(404, "NotFound", named(resource.qualified(), name) + " not found",
                 details_of(resource, name));
}

HttpAnswer no_such_path() { return text_answer(404, "404 page not found\n"); }

HttpAnswer method_not_allowed() {
  return failure(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource", Json::object());
}

HttpAnswer not_acceptable() {
  return failure(406, "NotAcceptable",
                 "only the following media types are accepted: application/json");
}

HttpAnswer already_exists(const Resource& resource, const std::string& name) {
  return failure(409, "AlreadyExists", named(resource.qualified(), name) + " already exists",
                 details_of(resource, name));
}

HttpAnswer conflict(const Resource& resource, const std::string& name, const std::string& why) {
  const std::string reason = why.empty()
                                 ? "the object has been modified; please apply your changes to "
                                   "the latest version and try again"
                                 : why;
  return failure(
      409, "Conflict",
      "Operation cannot be fulfilled on " + named(resource.qualified(), name) + ": " + reason,
      details_of(resource, name));
}

HttpAnswer too_large() {
  return failure(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
}

HttpAnswer unsupported_media_type(bool patch) {
  return failure(415, "UnsupportedMediaType",
                 std::string("the body of the request was in an unknown format - accepted media "
                             "types include: ") +
                     (patch ? "application/merge-patch+json, application/strategic-merge-patch+json"
                            : "application/json"));
}

HttpAnswer internal_error(const std::string& message) {
  return failure(500, "InternalError", message, Json::object());
}

HttpAnswer invalid(const Resource& resource, const std::string& qualified_kind,
                   const std::string& name, const std::vector<FieldError>& errors) {
  Json causes = Json::array();
  std::string all;
  for (const FieldError& error : errors) {
    std::string body = title(error.kind);
    if (error.kind == FieldError::Kind::Invalid) body += ": " + error.value;
    if (!error.detail.empty()) body += ": " + error.detail;
    causes.push_back({{"reason", cause(error.kind)}, {"message", body}, {"field", error.field}});
    all += (all.empty() ? "" : ", ") + error.field + ": " + body;
  }
  if (errors.size() > 1) all = "[" + all + "]";
  Json details = details_of(resource, name, qualified_kind.substr(0, qualified_kind.find('.')));
  details["causes"] = std::move(causes);
  return failure(422, "Invalid", named(qualified_kind, name) + " is invalid: " + all, details);
}

HttpAnswer injected(int status, const std::string& message, const std::string& retry_after,
                    const Route& route, const std::string& user) {
  HttpAnswer answer = natural(status, route, user);
  if (answer.content_type != "application/json" && !message.empty())
    answer = failure(status, "", message);
  Json body = Json::parse(answer.body, nullptr, false);
  if (body.is_object()) {
    if (!message.empty()) body["message"] = message;
    const int seconds = std::atoi(retry_after.c_str());
    if (seconds > 0) body["details"]["retryAfterSeconds"] = seconds;
    answer = json_answer(status, body);
  }
  if (!retry_after.empty()) answer.headers.emplace_back("Retry-After", retry_after);
  return answer;
}

}  // namespace kubesim
