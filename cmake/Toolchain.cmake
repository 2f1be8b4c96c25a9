# Warnings, ccache, a fast linker. Presets choose optimisation and sanitizers.
add_library(vecgate_warnings INTERFACE)
target_compile_options(vecgate_warnings INTERFACE -Wall -Wextra -Wshadow -Werror
                                                  -Wno-missing-field-initializers)
# GCC 12 sees overlapping copies in std::string where there are none (GCC bug 105329).
target_compile_options(vecgate_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

find_program(VECGATE_CCACHE ccache)
if(VECGATE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VECGATE_CCACHE})
endif()

find_program(VECGATE_MOLD mold)
if(VECGATE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)

# Fuzzers see which lines of the libraries under them an input reached.
if(VECGATE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
