# C++ for the Milvus API's messages, from the descriptors that `./vg setup` took out of pymilvus.
# Messages only: the service is a table of our own (src/api/milvus_grpc/rpc_table.h).
set(MILVUS_DESCRIPTORS ${CMAKE_SOURCE_DIR}/.deps/milvus-proto/milvus.binpb)
if(NOT EXISTS ${MILVUS_DESCRIPTORS})
  message(FATAL_ERROR "${MILVUS_DESCRIPTORS} is missing: run ./vg setup")
endif()
set(proto_dir ${CMAKE_BINARY_DIR}/milvus_proto)
file(MAKE_DIRECTORY ${proto_dir})
set(proto_names common rg schema feder msg milvus)
list(TRANSFORM proto_names APPEND .proto OUTPUT_VARIABLE proto_files)
list(TRANSFORM proto_names REPLACE "(.+)" "${proto_dir}/\\1.pb.cc" OUTPUT_VARIABLE proto_sources)
list(TRANSFORM proto_names REPLACE "(.+)" "${proto_dir}/\\1.pb.h" OUTPUT_VARIABLE proto_headers)
find_path(PROTOBUF_INCLUDES google/protobuf/descriptor.proto REQUIRED)
add_custom_command(
  OUTPUT ${proto_sources} ${proto_headers}
  COMMAND protobuf::protoc -I ${PROTOBUF_INCLUDES} --descriptor_set_out=${proto_dir}/descriptor.binpb
          google/protobuf/descriptor.proto
  COMMAND protobuf::protoc --descriptor_set_in=${proto_dir}/descriptor.binpb:${MILVUS_DESCRIPTORS}
          --cpp_out=${proto_dir} ${proto_files}
  DEPENDS ${MILVUS_DESCRIPTORS}
  COMMENT "Generating the Milvus messages")
add_library(milvus_proto STATIC ${proto_sources})
target_include_directories(milvus_proto SYSTEM PUBLIC ${proto_dir})
target_link_libraries(milvus_proto PUBLIC protobuf::libprotobuf)
target_compile_options(milvus_proto PRIVATE -g0)
