"""Calendars that are kept elsewhere: fetched with care, and taken apart in a process of their own."""
