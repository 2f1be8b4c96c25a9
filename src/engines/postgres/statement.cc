#include "engines/postgres/statement.h"

#include <libpq-fe.h>

#include <cstdlib>

namespace vecgate::postgres {

size_t Rows::size() const {
  return result_ == nullptr ? 0 : static_cast<size_t>(PQntuples(result_.get()));
}

bool Rows::IsNull(size_t row, size_t column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
}

std::string_view Rows::Bytes(size_t row, size_t column) const {
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  return {PQgetvalue(result_.get(), r, c), static_cast<size_t>(PQgetlength(result_.get(), r, c))};
}

int64_t Rows::Int(size_t row, size_t column) const {
  const std::string_view bytes = Bytes(row, column);
  // Big-endian; the first byte carries the sign.
  uint64_t out =
      !bytes.empty() && (bytes.front() & 0x80) != 0 && bytes.size() > 1 ? ~uint64_t{0} : 0;
  for (const char byte : bytes) out = out << 8 | static_cast<uint8_t>(byte);
  return static_cast<int64_t>(out);
}

uint64_t Rows::Affected() const {
  return result_ == nullptr ? 0 : std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

}  // namespace vecgate::postgres
