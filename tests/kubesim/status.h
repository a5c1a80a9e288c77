#pragma once
// Answers in Kubernetes' form: errors are objects of the kind Status, with the words of
// apimachinery's pkg/api/errors.

#include <string>
#include <vector>

#include "kubesim/route.h"
#include "kubesim/schema.h"

namespace kubesim {

[[nodiscard]] HttpAnswer json_answer(int status, const Json& body);
[[nodiscard]] HttpAnswer text_answer(int status, const std::string& text);

[[nodiscard]] HttpAnswer bad_request(const std::string& message);                       // 400
[[nodiscard]] HttpAnswer unauthorized();                                                // 401
[[nodiscard]] HttpAnswer forbidden(const Route& route, const std::string& user);        // 403
[[nodiscard]] HttpAnswer not_found(const Resource& resource, const std::string& name);  // 404
[[nodiscard]] HttpAnswer no_such_path();        // 404, as plain text
[[nodiscard]] HttpAnswer method_not_allowed();  // 405
[[nodiscard]] HttpAnswer not_acceptable();      // 406
[[nodiscard]] HttpAnswer already_exists(const Resource& resource, const std::string& name);  // 409
// 409; `why` "" is that of a resourceVersion that is not the latest.
[[nodiscard]] HttpAnswer conflict(const Resource& resource, const std::string& name,
                                  const std::string& why = "");
[[nodiscard]] HttpAnswer too_large();                                 // 413
[[nodiscard]] HttpAnswer unsupported_media_type(bool patch);          // 415
[[nodiscard]] HttpAnswer internal_error(const std::string& message);  // 500

// What is wrong with a field of an object that is well-formed.
struct FieldError {
  enum class Kind { Invalid, Required, Forbidden, TooLong };
  Kind kind = Kind::Invalid;
  std::string field;
  std::string value{};  // of Invalid: as Go prints it, a string with quotes
  std::string detail{};
};
// 422. `qualified_kind` as in "Lease.coordination.k8s.io".
[[nodiscard]] HttpAnswer invalid(const Resource& resource, const std::string& qualified_kind,
                                 const std::string& name, const std::vector<FieldError>& errors);

// The answer of an injected fault, in the words for that status if `message` is empty.
[[nodiscard]] HttpAnswer injected(int status, const std::string& message,
                                  const std::string& retry_after, const Route& route,
                                  const std::string& user);

}  // namespace kubesim
