# A room is a static library made of every source file in its folder under user/, or under the top folder that IN names.
# It names the rooms it may use; tests/doors checks that no file includes more than that.
function(nsscope_room name)
  cmake_parse_arguments(ROOM "" "IN" "USES;LIBRARIES" ${ARGN})
  set(top ${CMAKE_CURRENT_SOURCE_DIR})
  if(ROOM_IN)
    set(top ${CMAKE_SOURCE_DIR}/${ROOM_IN})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${top}/${name}/*.cpp ${top}/${name}/*.c)
  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${NSSCOPE_WARNINGS}>
                                           $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Werror>)
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${top})
  target_link_libraries(${name} ${scope} ${ROOM_USES} ${ROOM_LIBRARIES})
endfunction()

set(NSSCOPE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
                     -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# gcc 12 sees overlaps in std::string that are not there (its bug 105651)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND NSSCOPE_WARNINGS -Wno-restrict)
endif()
