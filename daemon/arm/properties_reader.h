#pragma once
// The `properties` of a pricing, from the events of a JSON parser: no tree is built but of members
// that nobody here knows, which are carried along.

#include <cstdint>
#include <memory>
#include <string_view>

#include "arm/pricing_codec.h"
#include "base/result.h"

namespace defenderd {

// One thread. Fed with the events of one value, in their order; any value gives a pricing or an
// Error at its end. Of a member that stands twice the last counts, as one that is spelled exactly
// counts before one that differs in case.
class PropertiesReader {
 public:
  PropertiesReader();
  PropertiesReader(PropertiesReader&&) noexcept;
  PropertiesReader& operator=(PropertiesReader&&) noexcept;
  ~PropertiesReader();

  void null();
  void boolean(bool value);
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  void real(double value);
  void text(std::string_view value);
  void open(bool is_object);  // an object or an array
  void key(std::string_view name);
  void close();

  // Once the value is whole. The reader is spent.
  [[nodiscard]] Result<DecodedPricing> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace defenderd
