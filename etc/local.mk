# files of etc
sepiaconfdir = $(sysconfdir)/sepia
dist_sepiaconf_DATA = etc/sepia.conf
