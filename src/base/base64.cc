#include "base/base64.h"

#include <openssl/evp.h>

namespace vecgate {

std::string EncodeBase64(std::string_view bytes) {
  // Four letters for three bytes, and the zero that OpenSSL writes behind them.
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

}  // namespace vecgate
