#pragma once
// Writes metrics as text: Prometheus text 0.0.4 or OpenMetrics 1.0. Our own, because it writes ten
// thousand subscriptions in milliseconds where the library's serializer needs a hundred.

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace defenderd {

enum class ExpositionFormat { Prometheus, OpenMetrics };

// The value of the Content-Type header.
[[nodiscard]] std::string_view content_type(ExpositionFormat format);
// The format that `Accept` asks for; Prometheus text unless the client prefers OpenMetrics.
[[nodiscard]] ExpositionFormat negotiate(std::string_view accept);

enum class MetricKind { Counter, Gauge, Histogram, Info };

// key="value",... with the values escaped.
[[nodiscard]] std::string label_text(
    std::initializer_list<std::pair<std::string_view, std::string_view>> labels);
void append_label(std::string& out, std::string_view key, std::string_view value);

// Receives the text piece by piece, in order.
using TextSink = std::function<void(std::string_view)>;

// A family is opened with family() and followed by its samples.
class Exposition {
 public:
  // With a sink, the text is passed on as it grows and is never in memory as a whole.
  explicit Exposition(ExpositionFormat format, TextSink sink = {})
      : format_(format), sink_(std::move(sink)) {}

  // `name` is without the suffix of its kind ("_total", "_info"). If the name ends in a unit
  // ("_seconds", "_bytes"), OpenMetrics declares it.
  void family(std::string_view name, MetricKind kind, std::string_view help);
  // A sample with the family's own name; `labels` and `more` are label texts, either may be "".
  void sample(std::string_view labels, std::string_view more, double value);
  void sample(std::string_view labels, double value) { sample(labels, {}, value); }
  // A sample with its own suffix: "_bucket", "_sum", "_count".
  void suffixed(std::string_view suffix, std::string_view labels, double value);

  // Returns the whole text, or "" if a sink has it, and clears the writer.
  [[nodiscard]] std::string finish();
  // Reserves this many bytes if there is no sink.
  void reserve(std::size_t bytes);

 private:
  void line(std::string_view suffix, std::string_view labels, std::string_view more, double value);
  void hand_on();

  ExpositionFormat format_;
  TextSink sink_;
  std::string text_;
  std::string name_;
  std::string_view suffix_;
};

// As in labels of histogram buckets: "0.5", "1.0", "+Inf".
[[nodiscard]] std::string bound_text(double bound);

}  // namespace defenderd
