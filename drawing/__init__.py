"""Reading a release, and turning it into charts and sentences, without Streamlit."""
