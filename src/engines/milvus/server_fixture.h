// The Milvus that this module's tests share: started at first use, gone with the test program.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "base/check.h"
#include "engine/conformance/service_process.h"
#include "engines/milvus/milvus_engine.h"

namespace vecgate::milvus_engine {

inline conformance::ServiceProcess& TestServer() {
  static const std::unique_ptr<conformance::ServiceProcess> server = [] {
    auto started = conformance::ServiceProcess::Start("milvus.py");
    if (!started.ok()) std::fprintf(stderr, "%s\n", started.error().message.c_str());
    VG_CHECK(started.ok());
    return std::move(*started);
  }();
  return *server;
}

/// Options for an engine with collections of its own, behind this port.
inline MilvusOptions TestOptions(std::string name, uint16_t port) {
  std::replace(name.begin(), name.end(), '-', '_');
  MilvusOptions out;
  out.uri = fmt::format("http://127.0.0.1:{}", port);
  out.name_prefix = name + "_";
  return out;
}

inline MilvusOptions TestOptions(std::string name) {
  return TestOptions(std::move(name), TestServer().port());
}

}  // namespace vecgate::milvus_engine
