// Checksums and hashes of bytes: CRC-32C for files and frames, XXH-style 64-bit for tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vecgate {

/// CRC-32C (Castagnoli), continuing from `seed` (0 to start).
uint32_t Crc32c(std::string_view bytes, uint32_t seed = 0);
/// The same without the processor's instruction, for the test that both agree.
uint32_t Crc32cWithoutHardware(std::string_view bytes, uint32_t seed = 0);

/// FNV-1a with a final mix: a stable 64-bit hash, the same on every machine and release.
/// Not for secrets and not against adversaries.
uint64_t StableHash64(std::string_view bytes);

/// SHA-256 as 64 lower-case hexadecimal digits; the identity of a document's content.
std::string Sha256Hex(std::string_view bytes);

}  // namespace vecgate
