#include "document/extract_frame.h"

#include "base/bytes.h"
#include "base/checksum.h"

namespace vecgate {
namespace {

constexpr uint32_t kMagic = 0x31584756;  // "VGX1"

}  // namespace

std::string EncodeExtractFrame(const Result<Document>& result) {
  const std::string payload = result.ok() ? EncodeDocument(*result) : result.error().message;
  ByteWriter out;
  out.Put(kMagic);
  out.Put(static_cast<uint8_t>(result.ok() ? Code::kOk : result.error().code));
  out.PutString(payload);
  out.Put(Crc32c(payload));
  return out.Take();
}

Result<Document> DecodeExtractFrame(std::string_view frame) {
  ByteReader in(frame);
  VG_ASSIGN_OR_RETURN(const uint32_t magic, in.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint8_t code, in.Get<uint8_t>());
  VG_ASSIGN_OR_RETURN(const std::string_view payload, in.GetString());
  VG_ASSIGN_OR_RETURN(const uint32_t crc, in.Get<uint32_t>());
  if (magic != kMagic || crc != Crc32c(payload) || in.remaining() != 0 ||
      code > static_cast<uint8_t>(Code::kUnauthenticated)) {
    return DataLoss("the extraction child's answer is damaged");
  }
  if (code == 0) return DecodeDocument(payload);
  return Error{static_cast<Code>(code), std::string(payload), Subject::kDocument};
}

}  // namespace vecgate
