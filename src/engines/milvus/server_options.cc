#include "engines/milvus/server_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "milvus_client/server_address.h"
#include "model/schema.h"

namespace vecgate::milvus_engine {
namespace {

constexpr size_t kMaxChannels = 64;
constexpr size_t kMaxPrefixBytes = 64;
constexpr std::chrono::milliseconds kLeastTimeout{1};
constexpr std::chrono::milliseconds kMostTimeout{std::chrono::hours(24)};
constexpr std::string_view kZilliz = "zillizcloud.com";
constexpr std::string_view kZillizChina = "cloud.zilliz.com.cn";
constexpr std::string_view kZillizServerless = "cloud.zilliz.com";

Error Refused(std::string message) { return InvalidArgument(std::move(message), Subject::kConfig); }

bool IsWithin(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.';
}

bool IsZilliz(std::string host) {
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return IsWithin(host, kZilliz) || IsWithin(host, kZillizChina) ||
         IsWithin(host, kZillizServerless);
}

Status CheckAuthentication(const MilvusOptions& options, const milvus_client::ServerAddress& at) {
  const bool has_user = !options.user.empty();
  if (has_user && !options.token.empty()) {
    return Refused("milvus.token and milvus.user are both set; one of them is wanted");
  }
  if (has_user && options.password.empty()) {
    return Refused("milvus.user is set and milvus.password is not");
  }
  if (!has_user && !options.password.empty()) {
    return Refused("milvus.password is set and milvus.user is not");
  }
  if (!IsZilliz(at.host)) return Ok();
  if (!at.is_tls) {
    return Refused(
        fmt::format("Zilliz Cloud is reached by https: milvus.uri has to be https://{}, "
                    "found '{}'",
                    at.host, options.uri));
  }
  if (!has_user && options.token.empty()) {
    return Refused(fmt::format("{} is of Zilliz Cloud, which wants an API key: milvus.token is {}",
                               at.host, options.token.Redacted()));
  }
  return Ok();
}

}  // namespace

Status CheckOptions(const MilvusOptions& options) {
  auto address = milvus_client::ParseServerUri(options.uri);
  if (!address.ok()) {
    Error error = address.error().Within("milvus.uri");
    error.subject = Subject::kConfig;
    return error;
  }
  VG_RETURN_IF_ERROR(CheckAuthentication(options, *address));
  if (options.channels < 1 || options.channels > kMaxChannels) {
    return Refused(
        fmt::format("milvus.channels has to be 1 to {}, found {}", kMaxChannels, options.channels));
  }
  if (options.grpc_timeout < kLeastTimeout || options.grpc_timeout > kMostTimeout) {
    return Refused(fmt::format("milvus.grpc_timeout has to be 1 ms to 24 h, found {} ms",
                               options.grpc_timeout.count()));
  }
  const Status named = ValidateName("collection", options.name_prefix, Subject::kConfig);
  if (!named.ok() || options.name_prefix.size() > kMaxPrefixBytes) {
    return Refused(
        fmt::format("milvus.name_prefix has to be a letter or underscore, then letters, "
                    "digits and underscores, {} at most; found '{}'",
                    kMaxPrefixBytes, options.name_prefix));
  }
  if (options.database.empty()) return Ok();
  if (!ValidateName("database", options.database, Subject::kConfig).ok()) {
    return Refused(fmt::format("milvus.database has to be a name of a database, found '{}'",
                               options.database));
  }
  return Ok();
}

Secret<std::string> TokenOf(const MilvusOptions& options) {
  if (options.user.empty()) return options.token;
  return Secret<std::string>(options.user + ":" + options.password.Reveal());
}

}  // namespace vecgate::milvus_engine
