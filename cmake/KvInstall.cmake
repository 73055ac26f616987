# What is installed: a component of find_package(kv) and a pkg-config file per
# room, their headers, and packages made of all that.

include(CMakePackageConfigHelpers)

set(kv_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kv")

# kv_install_headers(<folder>) installs the headers of a folder to where
# includes that start at the repository's root find them.
function(kv_install_headers folder)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/kv/${folder}"
    COMPONENT development FILES_MATCHING PATTERN "*.hpp")
endfunction()

# kv_install_targets(<component> <target>...) makes targets a component.
function(kv_install_targets component)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^kv_" "" name "${target}")
    set_target_properties(${target} PROPERTIES EXPORT_NAME "${name}")
  endforeach()
  install(TARGETS ${ARGN} EXPORT "kv-${component}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  install(EXPORT "kv-${component}" NAMESPACE kv::
    DESTINATION "${kv_package_dir}" COMPONENT development)
endfunction()

# kv_install_pkg_config(<room> <description> REQUIRES <module>... LIBS <flag>...)
function(kv_install_pkg_config room description)
  cmake_parse_arguments(pc "" "" "REQUIRES;LIBS" ${ARGN})
  list(JOIN pc_REQUIRES " " pc_requires)
  list(JOIN pc_LIBS " " pc_libs)
  # Test builds have a larger table; who includes its headers must know.
  get_target_property(definitions kv_ets INTERFACE_COMPILE_DEFINITIONS)
  set(pc_cflags "")
  if(definitions)
    list(TRANSFORM definitions PREPEND "-D")
    list(JOIN definitions " " pc_cflags)
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/kv.pc.in" "kv-${room}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/kv-${room}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endfunction()

kv_install_headers(actors/ets)
kv_install_targets(ets kv_include kv_ets)
kv_install_pkg_config(ets "Tables in memory, as Erlang's ETS"
  REQUIRES nlohmann_json LIBS -lkv_ets -pthread)
if(KV_CAF)
  foreach(room base otp kv durable server examples)
    kv_install_headers(actors/${room})
  endforeach()
  kv_install_headers(tests/support)
  install(FILES "${PROJECT_SOURCE_DIR}/tests/support/main.cpp"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/kv/tests/support"
    COMPONENT development)
  kv_install_targets(otp kv_base kv_otp)
  kv_install_targets(core kv_core)
  kv_install_targets(durable kv_durable)
  kv_install_targets(server kv_server kv_examples)
  kv_install_targets(testkit kv_testkit kv_testkit_main)
  kv_install_pkg_config(otp "Supervisors, events and names for CAF"
    REQUIRES kv-ets spdlog LIBS -lkv_otp -lkv_base -lcaf_core)
  kv_install_pkg_config(core "Buckets, their registry and their tree"
    REQUIRES kv-otp LIBS -lkv_core)
  kv_install_pkg_config(durable "Buckets that outlive their process"
    REQUIRES kv-core LIBS -lkv_durable -lleveldb)
  kv_install_pkg_config(server "Protocols over TCP for buckets"
    REQUIRES kv-core openssl LIBS -lkv_server -luring)
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/kv-config.cmake.in" kv-config.cmake
  INSTALL_DESTINATION "${kv_package_dir}")
write_basic_package_version_file(kv-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/kv-config.cmake"
  "${PROJECT_BINARY_DIR}/kv-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
  DESTINATION "${kv_package_dir}" COMPONENT development)

# Debian packages: `kv` is the program, `libkv-dev` all that one builds with.
# Configure for the prefix /usr to make some.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "kv developers <kv@localhost>")
set(CPACK_SET_DESTDIR ON)
set(CPACK_COMPONENTS_ALL development)
if(TARGET kv_app)
  list(PREPEND CPACK_COMPONENTS_ALL program)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME kv)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  file(WRITE "${PROJECT_BINARY_DIR}/conffiles" "/etc/kv/caf-application.ini\n")
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
    "${PROJECT_BINARY_DIR}/conffiles")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libkv-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libcaf-dev, nlohmann-json3-dev, libboost1.81-dev, libspdlog-dev, libssl-dev,
  libleveldb-dev, liburing-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS catch2)
include(CPack)
