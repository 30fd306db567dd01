# files of etc
sepiaconfdir = $(sysconfdir)/sepia
dist_sepiaconf_DATA = etc/sepia.conf

# Here and not by configure: the directories may contain ${prefix} there.
systemdunitdir = $(SYSTEMD_UNIT_DIR)
nodist_systemdunit_DATA = etc/sepia.service
EXTRA_DIST += etc/sepia.service.in
CLEANFILES += etc/sepia.service
etc/sepia.service: $(srcdir)/etc/sepia.service.in Makefile
	@mkdir -p etc
	$(AM_V_GEN)sed -e 's|[@]sbindir[@]|$(sbindir)|g' -e 's|[@]sysconfdir[@]|$(sysconfdir)|g' $(srcdir)/etc/sepia.service.in > $@
