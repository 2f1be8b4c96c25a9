#include "bench/row_layout.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace vecgate::bench {
namespace {

constexpr size_t kValueBytes = 4;
constexpr std::string_view kNpyMagic = "\x93NUMPY";
// Magic, version, and the length of the header: two bytes in version 1, four in 2 and 3.
constexpr size_t kNpyPrefix = 8;

template <typename T>
T Load(std::string_view bytes, size_t at) {
  T out;
  std::memcpy(&out, bytes.data() + at, sizeof(out));
  return out;
}

Error TooShort(size_t size, size_t wanted, std::string_view what) {
  return InvalidArgument(
      fmt::format("is truncated: {} bytes were found, {} needs {}", size, what, wanted));
}

/// `layout` when `size` bytes hold exactly its rows.
Result<RowLayout> Checked(const RowLayout& layout, size_t size) {
  if (layout.rows == 0 || layout.columns == 0) {
    return InvalidArgument(
        fmt::format("has the shape ({}, {}); at least one row and one column are wanted",
                    layout.rows, layout.columns));
  }
  // Compared by division: a header may claim more than 64 bits can count.
  const size_t values = (size - layout.first_byte) / kValueBytes;
  if (values / layout.columns < layout.rows) {
    return InvalidArgument(
        fmt::format("is truncated: its header says {} rows of {} values, {} values were found",
                    layout.rows, layout.columns, values));
  }
  if (layout.first_byte % kValueBytes != 0) {
    return InvalidArgument(
        fmt::format("has its rows at byte {}; a multiple of 4 is wanted", layout.first_byte));
  }
  return layout;
}

Result<RowLayout> WithoutRest(const RowLayout& layout, size_t size) {
  VG_ASSIGN_OR_RETURN(const RowLayout out, Checked(layout, size));
  const size_t end = out.first_byte + out.rows * out.columns * kValueBytes;
  if (end != size) {
    return InvalidArgument(
        fmt::format("has {} bytes after its {} rows of {} values; none are "
                    "wanted",
                    size - end, out.rows, out.columns));
  }
  return out;
}

/// The text of an .npy header, and where the rows begin.
struct NpyHeader {
  std::string_view text;
  size_t end = 0;
};

Result<NpyHeader> ReadNpyHeader(std::string_view bytes) {
  if (!bytes.starts_with(kNpyMagic)) {
    return InvalidArgument("does not begin with NumPy's \\x93NUMPY, as an .npy file does");
  }
  if (bytes.size() < kNpyPrefix + kValueBytes) {
    return TooShort(bytes.size(), kNpyPrefix + kValueBytes, "an .npy header");
  }
  const auto version = static_cast<uint8_t>(bytes[kNpyMagic.size()]);
  if (version < 1 || version > 3) {
    return InvalidArgument(fmt::format("is .npy version {}; 1, 2 and 3 are read", version));
  }
  const size_t begin = kNpyPrefix + (version == 1 ? 2 : 4);
  const size_t length =
      version == 1 ? Load<uint16_t>(bytes, kNpyPrefix) : Load<uint32_t>(bytes, kNpyPrefix);
  if (bytes.size() - begin < length) return TooShort(bytes.size(), begin + length, "its header");
  return NpyHeader{bytes.substr(begin, length), begin + length};
}

/// What stands behind `'key':` up to the `,` or `}` that ends it, or up to its `)`.
std::string_view NpyField(std::string_view header, std::string_view key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return "nothing";
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const bool tuple = rest.starts_with('(');
  const size_t end = rest.find_first_of(tuple ? ")" : ",}");
  return rest.substr(0, end == std::string_view::npos ? end : end + (tuple ? 1 : 0));
}

/// "(60000, 384)" as rows and columns.
Result<RowLayout> NpyShape(std::string_view shape) {
  const auto refuse = [&] {
    return InvalidArgument(fmt::format("has the shape {}; (rows, columns) is wanted", shape));
  };
  RowLayout out;
  const char* end = shape.data() + shape.size();
  if (!shape.starts_with('(')) return refuse();
  const auto first = std::from_chars(shape.data() + 1, end, out.rows);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',') return refuse();
  const char* second_begin = first.ptr + 1;
  while (second_begin != end && *second_begin == ' ') ++second_begin;
  const auto second = std::from_chars(second_begin, end, out.columns);
  if (second.ec != std::errc() || second.ptr == end || *second.ptr != ')') return refuse();
  out.stride = out.columns;
  return out;
}

}  // namespace

Result<RowLayout> NpyLayout(std::string_view bytes, Element element) {
  VG_ASSIGN_OR_RETURN(const NpyHeader header, ReadNpyHeader(bytes));
  const std::string_view wanted = element == Element::kFloat32 ? "'<f4'" : "'<i4'";
  const std::string_view type = NpyField(header.text, "descr");
  if (type != wanted) {
    return InvalidArgument(fmt::format("has the dtype {}; {} (little-endian {}) is wanted", type,
                                       wanted, element == Element::kFloat32 ? "float32" : "int32"));
  }
  const std::string_view order = NpyField(header.text, "fortran_order");
  if (order != "False") {
    return InvalidArgument(fmt::format("has fortran_order {}; False is wanted", order));
  }
  VG_ASSIGN_OR_RETURN(RowLayout layout, NpyShape(NpyField(header.text, "shape")));
  layout.first_byte = header.end;
  return WithoutRest(layout, bytes.size());
}

Result<RowLayout> VecsLayout(std::string_view bytes) {
  if (bytes.size() < kValueBytes) return TooShort(bytes.size(), kValueBytes, "a row's length");
  const auto columns = Load<int32_t>(bytes, 0);
  if (columns <= 0) {
    return InvalidArgument(fmt::format("has a row of length {}; 1 or more is wanted", columns));
  }
  const size_t stride = static_cast<size_t>(columns) + 1;
  const size_t row_bytes = stride * kValueBytes;
  if (bytes.size() % row_bytes != 0) {
    return InvalidArgument(
        fmt::format("is truncated: {} bytes are not a multiple of the {} of a row of {} values",
                    bytes.size(), row_bytes, columns));
  }
  const RowLayout layout{kValueBytes, bytes.size() / row_bytes, stride - 1, stride};
  for (size_t row = 0; row < layout.rows; ++row) {
    const auto found = Load<int32_t>(bytes, row * row_bytes);
    if (found != columns) {
      return InvalidArgument(
          fmt::format("has {} values in row {} and {} in row 0; all rows must be of one length",
                      found, row, columns));
    }
  }
  return layout;
}

Result<RowLayout> BinLayout(std::string_view bytes, Element element) {
  constexpr size_t kHeaderBytes = 8;
  if (bytes.size() < kHeaderBytes) return TooShort(bytes.size(), kHeaderBytes, "a header");
  RowLayout layout{kHeaderBytes, Load<uint32_t>(bytes, 0), Load<uint32_t>(bytes, 4), 0};
  layout.stride = layout.columns;
  if (element == Element::kInt32) {
    VG_RETURN_IF_ERROR(Checked(layout, bytes.size()));
    // Ground truth is often exchanged with its distances behind the ids.
    const size_t with_distances = kHeaderBytes + layout.rows * layout.columns * 2 * kValueBytes;
    if (bytes.size() == with_distances) return layout;
  }
  return WithoutRest(layout, bytes.size());
}

}  // namespace vecgate::bench
