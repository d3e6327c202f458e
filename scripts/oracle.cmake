# Leaves the model code of llama.cpp out of the build of llama-cpp-sys-2, which would be most of it: the oracle calls
# ggml only. Included by the first project() of the build (CMAKE_PROJECT_TOP_LEVEL_INCLUDES, see oracle.sh).
#
# The target must stay, since other rules install it; of its sources, one small file does.
cmake_language(DEFER CALL set_property TARGET llama PROPERTY SOURCES "${CMAKE_SOURCE_DIR}/src/unicode-data.cpp")
