// Secret<T>: a value that no formatter, stream or log prints.
#pragma once

#include <string_view>
#include <utility>

namespace vecgate {

template <typename T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  /// The one way to the value; a reader of the code sees each place that asks.
  [[nodiscard]] const T& Reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// What logs and `config show` print instead.
  [[nodiscard]] std::string_view Redacted() const {
    return empty() ? "!!! NOT SET !!!" : "*** SET ***";
  }

 private:
  T value_;
};

}  // namespace vecgate
