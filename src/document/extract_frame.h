// The frame in which the extraction child answers: u32 magic, u8 code (0: a document follows, else
// the Code of an error with its message), u32 length, payload, u32 CRC-32C of the payload.
#pragma once

#include <string>
#include <string_view>

#include "document/document.h"

namespace vecgate {

std::string EncodeExtractFrame(const Result<Document>& result);
/// What the child said, or kDataLoss when the frame is not whole.
Result<Document> DecodeExtractFrame(std::string_view frame);

}  // namespace vecgate
