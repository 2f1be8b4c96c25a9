# Warnings, ccache, a fast linker. Presets choose optimisation and sanitizers.
add_library(vecgate_warnings INTERFACE)
target_compile_options(vecgate_warnings INTERFACE -Wall -Wextra -Wshadow -Werror
                                                  -Wno-missing-field-initializers)

find_program(VECGATE_CCACHE ccache)
if(VECGATE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VECGATE_CCACHE})
endif()

find_program(VECGATE_MOLD mold)
if(VECGATE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
