// What is sent to the server, and what comes back: plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;  // libpq's PGresult

namespace vecgate::postgres {

/// A value for $1, $2, …
struct Parameter {
  enum class Format : uint8_t { kText, kBinary };
  std::optional<std::string> value;  ///< Nothing is null.
  Format format = Format::kText;
};

struct Statement {
  enum class Reuse : uint8_t {
    kOnce,      ///< Planned for its parameters, each time.
    kPrepared,  ///< Parsed once a connection; for texts that come again.
  };
  std::string sql;
  std::vector<Parameter> parameters{};
  Reuse reuse = Reuse::kOnce;
};

/// The rows that one statement gave, in binary format.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* result) : result_(result) {}

  [[nodiscard]] size_t size() const;
  [[nodiscard]] bool IsNull(size_t row, size_t column) const;
  /// Valid as long as this is.
  [[nodiscard]] std::string_view Bytes(size_t row, size_t column) const;
  /// An integer of any width.
  [[nodiscard]] int64_t Int(size_t row, size_t column) const;
  [[nodiscard]] std::string Text(size_t row, size_t column) const {
    return std::string(Bytes(row, column));
  }
  [[nodiscard]] bool Bool(size_t row, size_t column) const { return Int(row, column) != 0; }
  /// Rows that an INSERT, UPDATE or DELETE without RETURNING changed.
  [[nodiscard]] uint64_t Affected() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace vecgate::postgres
