"""The people whom tests name: guests as they book, and the numbers of their customers at the sandbox."""

from portal.guests.service import Contact

AMARA = Contact("Amara Okafor", "amara.okafor@example.org", "07700 900461")
AMARA_ID = "I-7Q2D-K9XM"
TOM = Contact("Tom Whitfield", "tom.whitfield@example.org", "07700 900123")
TOM_ID = "I-3F8B-22HV"
DANIEL_ID = "I-9K4C-1ATK"
