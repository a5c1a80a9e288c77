# Installs the documentation, in the folders of the checkout: pages for users, and the files that their steps need. The
# roles for Azure, the rules for Prometheus, the dashboards and the manifests are used from there, or copied.

install(FILES README.md CHANGELOG.md LICENSE SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Samples, the reference of every key, and the schemas that the samples refer to.
install(DIRECTORY config DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md PATTERN *.svg)
install(FILES deploy/README.md deploy/logs.md deploy/openapi.json deploy/status-page.png
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/deploy)
install(DIRECTORY deploy/azure deploy/kubernetes DESTINATION ${CMAKE_INSTALL_DOCDIR}/deploy)
install(FILES deploy/prometheus/README.md deploy/prometheus/metrics.md deploy/prometheus/rules.yaml
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/deploy/prometheus)
install(FILES deploy/grafana/README.md deploy/grafana/defenderd.json deploy/grafana/owners.json
        deploy/grafana/subscription.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/deploy/grafana)
install(FILES tests/bench/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/tests/bench) # the figures

# Links to what only the checkout has become text.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
install(CODE "
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX NORMALIZE OUTPUT_VARIABLE prefix)
  cmake_path(APPEND prefix \"${CMAKE_INSTALL_DOCDIR}\" OUTPUT_VARIABLE folder)
  execute_process(COMMAND \"${Python3_EXECUTABLE}\" \"${PROJECT_SOURCE_DIR}/cmake/doc_links.py\" \"\$ENV{DESTDIR}\${folder}\"
                  COMMAND_ERROR_IS_FATAL ANY)")
