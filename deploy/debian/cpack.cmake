# The configuration of CPack for deploy/debian/build, which exports DEFENDERD_*: the staged files become a .deb.
set(CPACK_GENERATOR DEB)
set(CPACK_CMAKE_GENERATOR Ninja)
set(CPACK_INSTALL_CMAKE_PROJECTS "")
set(CPACK_INSTALLED_DIRECTORIES "$ENV{DEFENDERD_STAGE};/")
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_SET_DESTDIR OFF)
set(CPACK_PACKAGE_DIRECTORY "$ENV{DEFENDERD_OUTPUT}")
set(CPACK_PACKAGE_NAME defenderd)
set(CPACK_PACKAGE_VERSION "$ENV{DEFENDERD_VERSION}")
set(CPACK_PACKAGE_FILE_NAME "defenderd-$ENV{DEFENDERD_VERSION}") # of its working folder

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "$ENV{DEFENDERD_RELEASE}")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "$ENV{DEFENDERD_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Shared libraries are added. Certificates to verify Azure, kill for a reload, time zones of freezes.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, procps, systemd, tzdata")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keeps Defender for Cloud's AI threat protection as declared")
set(CPACK_PACKAGE_DESCRIPTION "defenderd is a daemon that keeps the AI services plan of Microsoft Defender
for Cloud, and its extensions, as a YAML file declares them, for any number
of Azure subscriptions and tenants. It observes each subscription, corrects
drift if it may, and reports what it found as metrics, as a log, as a journal
of every change and on a status page.

It writes nothing until its configuration says so.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
foreach(file conffiles postinst postrm prerm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/${file}")
endforeach()
